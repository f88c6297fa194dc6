"""A span as OpenTelemetry's exporters send it, freed of how it was encoded."""

from typing import Any

import msgspec

Attributes = dict[str, Any]
"""Values are texts, numbers, truth values, lists and further such dicts."""

ERROR = 2
"""The status of a span that failed (`STATUS_CODE_ERROR`)."""


class Event(msgspec.Struct, frozen=True):
    """Something that happened within a span."""

    name: str
    time_ns: int
    attributes: Attributes


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a trace. Times are nanoseconds since 1970."""

    trace_id: str
    """32 hexadecimal digits; what else an exporter sends is for the reader to refuse."""
    span_id: str
    parent_span_id: str | None
    name: str
    start_ns: int
    end_ns: int
    attributes: Attributes
    events: list[Event]
    status: int
    status_message: str
    resource: Attributes
    """What sent it: the service and where it runs."""
