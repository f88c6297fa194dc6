"""Reads an export of spans and makes records of those that are steps of an LLM application."""

import re
from dataclasses import dataclass

from gateway.errors import BadRequest
from gateway.logged.otlp import json_form, protobuf
from gateway.logged.otlp.exchange import exchange_of
from gateway.logged.otlp.span import Span
from gateway.logged.otlp.step import kind_of
from gateway.logged.reporter import Reporter
from providers.catalog import Catalog
from warehouse.record import Exchange

_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_SPAN_ID = re.compile(r"(?!0{16})[0-9a-f]{16}")


@dataclass(frozen=True)
class Traces:
    """What became of the spans of one export."""

    exchanges: list[Exchange]
    ignored: int
    """Spans that are no steps of an LLM application, such as web requests; they are accepted and not kept."""
    rejected: int
    problem: str
    """Why the first of the rejected was."""


def read_traces(body: bytes, is_json: bool, reporter: Reporter, catalog: Catalog) -> Traces:
    """Reads the body of an export. Raises BadReport if it is none; one bad span does not spoil the others."""
    exchanges: list[Exchange] = []
    ignored = rejected = 0
    problem = ""
    for span in (json_form if is_json else protobuf).spans_of(body):
        kind = kind_of(span.attributes)
        if kind is None:
            ignored += 1
            continue
        try:
            _check_ids(span)
            exchanges.append(exchange_of(span, kind, reporter, catalog))
        except BadRequest as error:
            rejected += 1
            problem = problem or f"span `{span.name[:80]}`: {error.message}"
    return Traces(exchanges, ignored, rejected, problem)


def _check_ids(span: Span) -> None:
    if not _TRACE_ID.fullmatch(span.trace_id):
        raise BadRequest(f"trace id `{span.trace_id[:40]}` must be 16 bytes, not all zero")
    if not _SPAN_ID.fullmatch(span.span_id):
        raise BadRequest(f"span id `{span.span_id[:40]}` must be 8 bytes, not all zero")
