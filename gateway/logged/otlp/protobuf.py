"""Reads spans from OTLP's protobuf form.

The messages are loaded with the first spans that come: most gateways never see any, and loading takes a tenth of a
second.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from gateway.logged.errors import BadReport
from gateway.logged.otlp.extent import refuse_too_much_protobuf
from gateway.logged.otlp.span import Attributes, Event, Span

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
    from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message


def spans_of(body: bytes) -> Iterator[Span]:
    """Yields the spans of an `ExportTraceServiceRequest`, or of the `TracesData` that has its shape.

    Raises BadReport if it is none, TooLarge if it holds more than can be read at once.
    """
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    refuse_too_much_protobuf(body)
    try:
        request = ExportTraceServiceRequest.FromString(body)
    except DecodeError as error:
        raise BadReport("body", f"is no protobuf message with spans: {error}") from error
    for of_resource in request.resource_spans:
        resource = _attributes(of_resource.resource.attributes)
        for of_scope in of_resource.scope_spans:
            for message in of_scope.spans:
                yield _span(message, resource)


def _span(message: "Message", resource: Attributes) -> Span:
    return Span(
        trace_id=message.trace_id.hex(),
        span_id=message.span_id.hex(),
        parent_span_id=message.parent_span_id.hex() or None,
        name=message.name,
        start_ns=message.start_time_unix_nano,
        end_ns=message.end_time_unix_nano,
        attributes=_attributes(message.attributes),
        events=[Event(event.name, event.time_unix_nano, _attributes(event.attributes)) for event in message.events],
        status=message.status.code,
        status_message=message.status.message,
        resource=resource,
    )


def _attributes(pairs: "Iterable[KeyValue]") -> Attributes:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: "AnyValue") -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    if kind == "kvlist_value":
        return _attributes(value.kvlist_value.values)
    if kind == "bytes_value":
        return value.bytes_value.decode("utf-8", "replace")
    return getattr(value, kind)
