"""What the fake upstream is asked, and what it answers, before either is a matter of HTTP."""

from collections import OrderedDict
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from weir.upstream.behaviour import Behaviour
from weir.upstream.routes import Route
from weir.upstream.vendors import Headers, Vendor

_MOST_KEPT = 1000

EVENTS = b"text/event-stream; charset=utf-8"
JSON = b"application/json"


class Shelf(OrderedDict[str, Any]):
    """Remembers the newest things of one kind by their ids."""

    def __setitem__(self, id: str, thing: Any) -> None:
        super().__setitem__(id, thing)
        if len(self) > _MOST_KEPT:
            self.popitem(last=False)


@dataclass
class Kept:
    """What callers left with the fake upstream and may ask for again."""

    responses: Shelf = field(default_factory=Shelf)
    files: Shelf = field(default_factory=Shelf)
    batches: Shelf = field(default_factory=Shelf)


@dataclass(frozen=True, slots=True)
class Question:
    """One request whose endpoint is known."""

    vendor: Vendor
    route: Route
    model: str
    """Without the words that ask for a behaviour."""
    behaviour: Behaviour
    body: bytes
    scope: MutableMapping[str, Any]
    kept: Kept

    @property
    def method(self) -> str:
        method: str = self.scope["method"]
        return method

    def header(self, name: bytes) -> bytes:
        return next((value for header, value in self.scope["headers"] if header == name), b"")


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole body."""

    body: bytes
    content_type: bytes = JSON
    id: str | None = None
    """The id in the body, without its dialect's prefix."""
    headers: Headers = field(default_factory=list)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Stream:
    """A body in pieces: whether each is content, and its bytes."""

    events: Iterable[tuple[bool, bytes]]
    error: bytes
    """What is sent instead of the rest where an error is asked for."""
    id: str
    content_type: bytes = EVENTS


class NotThere(LookupError):
    """What was asked for by its id does not exist; the message names it."""
