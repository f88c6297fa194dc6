"""How much an export holds, told before it is read: two bytes of an empty span become hundreds in memory.

Sources: the field numbers of opentelemetry/proto/trace/v1/trace.proto, common/v1/common.proto and resource.proto.
"""

from gateway.errors import TooLarge

MOST_WEIGHT = 5_000_000
"""Not much more than a hundred megabytes once it is read. Collectors send eight thousand spans at once if nobody tells
them otherwise; they may have fifty attributes each."""
_SPAN, _EVENT, _OTHER = 200, 40, 1
"""What a message weighs, besides one for each field: as much as it takes in memory and time, compared to a value."""
_MOST_BRACES = 1_000_000
_SMALL_BYTES = 32 * 1024
"""What is smaller cannot hold much."""

_INSIDE: dict[str, dict[int, str]] = {
    "request": {1: "of_resource"},
    "of_resource": {1: "resource", 2: "of_scope"},
    "resource": {1: "pair"},
    "of_scope": {1: "scope", 2: "span"},
    "scope": {3: "pair"},
    "span": {9: "pair", 11: "event", 13: "link"},
    "event": {3: "pair"},
    "link": {4: "pair"},
    "pair": {2: "value"},
    "value": {5: "values", 6: "pairs"},
    "values": {1: "value"},
    "pairs": {1: "pair"},
}
"""Which fields of each message are messages themselves."""
_WEIGHTS = {"span": _SPAN, "event": _EVENT, "link": _EVENT, "of_scope": _EVENT, "of_resource": _EVENT}
_SKIPPED = {1: 8, 5: 4}
"""The sizes of the wire types that have one."""


def refuse_too_much_json(body: bytes) -> None:
    """Raises TooLarge; each object of the export begins with a brace."""
    if len(body) > _SMALL_BYTES and body.count(b"{") > _MOST_BRACES:
        raise _too_much()


def refuse_too_much_protobuf(body: bytes) -> None:
    """Raises TooLarge. What is malformed is left to the reader, which stops where this does."""
    if len(body) > _SMALL_BYTES and _weight(body) > MOST_WEIGHT:
        raise _too_much()


def _weight(body: bytes) -> int:
    """Returns what the messages and fields of a request weigh; once it is too much, what has been counted so far."""
    weight, place = 0, 0
    # What is being read, and where the messages around it end.
    inside, around = "request", [(len(body), "")]
    while weight <= MOST_WEIGHT:
        while place >= around[-1][0]:
            _, inside = around.pop()
            if not around:
                return weight
        try:
            weight += 1
            tag, place = _number(body, place)
            kind = tag & 7
            if kind in _SKIPPED:
                place += _SKIPPED[kind]
                continue
            size, place = _number(body, place)
        except IndexError:
            return weight
        if kind == 2:
            within = _INSIDE[inside].get(tag >> 3)
            if within is None:
                place += size
                continue
            weight += _WEIGHTS.get(within, _OTHER)
            around.append((min(place + size, around[-1][0]), inside))
            inside = within
        elif kind != 0:
            return weight
    return weight


def _number(body: bytes, place: int) -> tuple[int, int]:
    """Reads a number of variable length; returns it and what follows it. Raises IndexError at the body's end."""
    number = shift = 0
    while True:
        byte = body[place]
        place += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, place
        shift += 7
        if shift > 63:
            raise IndexError


def _too_much() -> TooLarge:
    return TooLarge("the export has too many spans, events or attributes to be read at once; send smaller batches")
