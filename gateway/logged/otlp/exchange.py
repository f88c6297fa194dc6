"""Makes the record of one span: a call to a model, or another step of a session."""

import uuid
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from gateway.caller.annotations import read_annotations
from gateway.logged import moments
from gateway.logged.bodies import body_columns
from gateway.logged.errors import BadReport
from gateway.logged.otlp.attributes import text, value
from gateway.logged.otlp.content import Content, content_of_call, content_of_step
from gateway.logged.otlp.conventions import CHUNK_EVENTS
from gateway.logged.otlp.failure import failure_of
from gateway.logged.otlp.labels import labels_of, properties_of
from gateway.logged.otlp.span import Attributes, Span
from gateway.logged.otlp.step import name_of, path_of
from gateway.logged.otlp.usage import usage_of
from gateway.logged.provider_names import provider_id
from gateway.logged.reporter import Reporter
from gateway.logged.spoken import spoken
from gateway.recording.scrubbing import scrub
from providers.catalog import Catalog
from providers.lenient import dollars
from warehouse.record import Exchange, StepKind

_LONGEST_MESSAGE = 4000
_NAMESPACE = UUID("5b0f7c2e-6f7d-5e0a-9a4e-2d1c7b9e4f10")
"""Of request ids made from spans (RFC 9562, version 5); it must never change, or what is sent again comes twice."""


def request_id_of(trace_id: str, span_id: str) -> UUID:
    """Returns the id of a span's row: always the same one, so that what an exporter sends again is known again."""
    return uuid.uuid5(_NAMESPACE, f"{trace_id}/{span_id}")


def exchange_of(span: Span, kind: StepKind, reporter: Reporter, catalog: Catalog) -> Exchange:
    """Returns the record of a span. Raises BadReport, or BadRequest for a label of ours that says nothing sensible."""
    attributes = span.attributes
    labels = labels_of(attributes)
    of_report = read_annotations(reporter.head)
    said = read_annotations(spoken(reporter.head, labels))
    created_at, completed_at = _times(span)
    status, error_type, error_message = failure_of(span, kind)
    content = content_of_call(span) if kind == "llm" else content_of_step(span)
    return Exchange(
        request_id=request_id_of(span.trace_id, span.span_id),
        request_id_given=True,
        organization_id=reporter.key.organization_id,
        created_at=created_at,
        completed_at=completed_at,
        source="otlp",
        api_key_id=reporter.key.id,
        user_id=_nearest(said.user_id, text(attributes, "user_id"), of_report.user_id),
        session_id=_nearest(said.session_id, text(attributes, "session_id"), of_report.session_id) or span.trace_id,
        session_path=said.session_path or path_of(attributes),
        session_name=_nearest(said.session_name, text(attributes, "session_name"), of_report.session_name),
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent_span_id,
        step_kind=kind,
        step_name=name_of(span),
        properties=said.properties + properties_of(labels, span.resource),
        prompt_id=said.prompt_id or text(attributes, "prompt_id"),
        prompt_version=said.prompt_version or text(attributes, "prompt_version"),
        prompt_inputs=[] if said.omit_request else said.prompt_inputs,
        model_override=said.model_override if kind == "llm" else None,
        provider=_provider(attributes, kind, catalog),
        target_host=text(attributes, "server_address"),
        status_code=status,
        error_type=error_type,
        error_message=error_message and scrub(error_message, reporter.secrets)[:_LONGEST_MESSAGE],
        latency_ms=(completed_at - created_at) / timedelta(milliseconds=1),
        **_call_columns(span, content, created_at) if kind == "llm" else {},
        user_agent=reporter.head.value(b"user-agent"),
        country_code=said.country_code,
        **body_columns("request", content.request, content.request_preview, said.omit_request, reporter.kept_bytes),
        **body_columns("response", content.response, content.response_preview, said.omit_response, reporter.kept_bytes),
    )


def _call_columns(span: Span, content: Content, created_at: datetime) -> dict[str, Any]:
    """Returns what only a call to a model has."""
    attributes = span.attributes
    usage = usage_of(attributes)
    return {
        "dialect": content.dialect,
        "request_model": text(attributes, "request_model"),
        "response_model": text(attributes, "response_model"),
        "is_stream": value(attributes, "is_stream") in (True, "true", "True"),
        "service_tier": text(attributes, "service_tier"),
        "finish_reason": content.finish_reason,
        "tool_names": content.tool_names,
        "time_to_first_token_ms": _time_to_first_token(span),
        "usage_source": "none" if usage is None else "reported",
        "provider_cost_usd": dollars(value(attributes, "cost_usd")),
        **({} if usage is None else msgspec.structs.asdict(usage)),
    }


def _times(span: Span) -> tuple[datetime, datetime]:
    began = moments.moment(span.start_ns / 1e9)
    if began is None:
        raise BadReport("startTimeUnixNano", f"is no time from {moments.EARLIEST:%Y-%m-%d} until now")
    # Clocks are set back while a span is open, and some spans never end.
    return began, max(began, moments.moment(span.end_ns / 1e9) or began)


def _time_to_first_token(span: Span) -> float | None:
    for fact, unit_ms in (("first_chunk_seconds", 1000.0), ("first_chunk_ms", 1.0)):
        found = value(span.attributes, fact)
        if isinstance(found, int | float) and not isinstance(found, bool) and found >= 0:
            return found * unit_ms
    chunks = [event.time_ns for event in span.events if event.name in CHUNK_EVENTS]
    return max(0.0, (min(chunks) - span.start_ns) / 1e6) if chunks else None


def _provider(attributes: Attributes, kind: StepKind, catalog: Catalog) -> str:
    named = text(attributes, "provider")
    if kind != "llm":
        store = attributes.get("db.system")
        named = store if isinstance(store, str) else None
    return provider_id(named, catalog)


def _nearest(of_label: str | None, of_span: str | None, of_report: str | None) -> str | None:
    """Returns what is said closest to the span: in a label of ours, in its attributes, in the report's headers."""
    return of_label if of_label != of_report else of_span or of_report
