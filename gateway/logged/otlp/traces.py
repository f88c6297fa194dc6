"""Reads an export of spans and makes records of those that are steps of an LLM application."""

import logging
import re
from dataclasses import dataclass

from gateway.errors import BadRequest
from gateway.logged.errors import BadReport
from gateway.logged.otlp import json_form, protobuf
from gateway.logged.otlp.exchange import exchange_of
from gateway.logged.otlp.span import Span
from gateway.logged.otlp.step import kind_of
from gateway.logged.reporter import Reporter
from providers.catalog import Catalog
from warehouse.record import Exchange

_logger = logging.getLogger(__name__)

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
    ignored = 0
    problems: list[str] = []
    for span in _spans(body, is_json):
        kind = kind_of(span.attributes)
        if kind is None:
            ignored += 1
            continue
        try:
            _check_ids(span)
            exchanges.append(exchange_of(span, kind, reporter, catalog))
        except BadRequest as error:
            problems.append(f"span `{span.name[:80]}`: {error.message}")
        except RecursionError:
            problems.append(f"span `{span.name[:80]}`: its attributes are nested too deep")
        except Exception:
            # The others are worth keeping, and sending this one again would not help.
            _logger.exception("span %s of trace %s cannot be read", span.span_id, span.trace_id)
            problems.append(f"span `{span.name[:80]}`: internal error")
    return Traces(exchanges, ignored, len(problems), problems[0] if problems else "")


def _spans(body: bytes, is_json: bool) -> list[Span]:
    try:
        return list((json_form if is_json else protobuf).spans_of(body))
    except RecursionError as error:
        raise BadReport("body", "is nested too deep") from error


def _check_ids(span: Span) -> None:
    if not _TRACE_ID.fullmatch(span.trace_id):
        raise BadRequest(f"trace id `{span.trace_id[:40]}` must be 16 bytes, not all zero")
    if not _SPAN_ID.fullmatch(span.span_id):
        raise BadRequest(f"span id `{span.span_id[:40]}` must be 8 bytes, not all zero")
