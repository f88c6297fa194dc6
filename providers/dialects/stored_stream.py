"""Reads the stored text of a stream again, for people to look at; speed does not matter here."""

from collections.abc import Iterator

from providers.facts import JsonObject
from providers.lenient import decode_object
from providers.sse import SseReader


def is_stream(body: str) -> bool:
    """Tells a stored stream of events from a JSON body."""
    return body.lstrip()[:6].startswith(("data:", "event:", "id:", ":"))


def events_of(body: str) -> Iterator[JsonObject]:
    """Gives the events whose data is a JSON object, the one the stream broke off in included if it is whole."""
    reader = SseReader()
    for data in [*reader.feed(body.encode("utf-8", "replace")), reader.rest() or b""]:
        event = decode_object(data) if data else {}
        if event:
            yield event
