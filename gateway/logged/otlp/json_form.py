"""Reads spans from OTLP's JSON form.

It is protobuf's, with exceptions that protobuf's own reader does not know: ids are hexadecimal and not base64, enums
are numbers. Whole numbers of 64 bits come as texts or as numbers.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from gateway.logged.errors import BadReport
from gateway.logged.otlp.extent import refuse_too_much_json
from gateway.logged.otlp.span import Attributes, Event, Span

_Number = int | str


class _Value(msgspec.Struct, rename="camel"):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None
    bytes_value: str | None = None
    array_value: "_Array | None" = None
    kvlist_value: "_Pairs | None" = None


class _Array(msgspec.Struct):
    values: list[_Value] = []


class _Pair(msgspec.Struct):
    key: str
    value: _Value | None = None


class _Pairs(msgspec.Struct):
    values: list[_Pair] = []


class _Event(msgspec.Struct, rename="camel"):
    name: str = ""
    time_unix_nano: _Number = 0
    attributes: list[_Pair] = []


class _Status(msgspec.Struct):
    code: int | str = 0
    message: str = ""


class _Span(msgspec.Struct, rename="camel"):
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    name: str = ""
    start_time_unix_nano: _Number = 0
    end_time_unix_nano: _Number = 0
    attributes: list[_Pair] = []
    events: list[_Event] = []
    status: _Status | None = None


class _Scope(msgspec.Struct):
    spans: list[_Span] = []


class _Resource(msgspec.Struct):
    attributes: list[_Pair] = []


class _OfResource(msgspec.Struct, rename="camel"):
    resource: _Resource | None = None
    scope_spans: list[_Scope] = []


class _Request(msgspec.Struct, rename="camel"):
    resource_spans: list[_OfResource] = []


_decoder = msgspec.json.Decoder(_Request)
_MOST_DIGITS = 20
_INTEGER = re.compile(r"-?[0-9]{1,20}")
_ERROR_NAMES = ("STATUS_CODE_ERROR", "ERROR")


def spans_of(body: bytes) -> Iterator[Span]:
    """Yields the spans of an export request.

    Raises BadReport if it is none, TooLarge if it holds more than can be read at once.
    """
    refuse_too_much_json(body)
    try:
        request = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadReport("body", f"is no JSON with spans: {error}") from error
    for of_resource in request.resource_spans:
        resource = _attributes(of_resource.resource.attributes) if of_resource.resource else {}
        for scope in of_resource.scope_spans:
            for span in scope.spans:
                yield _span(span, resource)


def _span(span: _Span, resource: Attributes) -> Span:
    status = span.status or _Status()
    return Span(
        trace_id=_id(span.trace_id, 16),
        span_id=_id(span.span_id, 8),
        parent_span_id=_id(span.parent_span_id, 8) or None,
        name=span.name,
        start_ns=_whole(span.start_time_unix_nano),
        end_ns=_whole(span.end_time_unix_nano),
        attributes=_attributes(span.attributes),
        events=[
            Event(event.name, _whole(event.time_unix_nano), _attributes(event.attributes)) for event in span.events
        ],
        status=2 if status.code in _ERROR_NAMES else _whole(status.code),
        status_message=status.message,
        resource=resource,
    )


def _id(text: str, size: int) -> str:
    """Returns an id in hexadecimal; some senders write it in base64, as protobuf's JSON has bytes."""
    if len(text) == 2 * size:
        return text.lower()
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text
    return decoded.hex() if len(decoded) == size else text


def _whole(number: int | str) -> int:
    """Returns a whole number of 64 bits; 0, which is no time and no status, for anything else."""
    found = _integer(number)
    return found if isinstance(found, int) and found >= 0 else 0


def _attributes(pairs: list[_Pair]) -> Attributes:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: _Value | None) -> Any:
    if value is None:
        return None
    if value.string_value is not None:
        return value.string_value
    if value.int_value is not None:
        return _integer(value.int_value)
    if value.array_value is not None:
        return [_value(each) for each in value.array_value.values]
    if value.kvlist_value is not None:
        return _attributes(value.kvlist_value.values)
    return next((each for each in (value.bool_value, value.double_value, value.bytes_value) if each is not None), None)


def _integer(number: int | str) -> int | str:
    if isinstance(number, str):
        if not _INTEGER.fullmatch(number):
            return number
        number = int(number)
    return number if abs(number) < 1 << 64 else str(number)[:_MOST_DIGITS]
