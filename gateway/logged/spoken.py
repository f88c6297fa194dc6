"""What is said of one reported call in the words of our headers, whichever way it came."""

from collections.abc import Mapping
from typing import Any

from gateway.caller.head import Head

_OURS = ("weir-", "helicone-")


def is_ours(name: str) -> bool:
    """Whether a label speaks to us, as `Helicone-User-Id` does."""
    return name.lower().startswith(_OURS)


def spoken(head: Head, labels: Mapping[str, Any]) -> Head:
    """Returns the head of a report as if the labels that speak to us had been its headers; a label wins.

    So one set of rules reads headers, the `meta` of logs and the attributes of spans.
    """
    said = {name.lower().encode(): _value(label) for name, label in labels.items() if is_ours(name)}
    if not said:
        return head
    named = {_bare(name) for name in said}
    rest = [
        (name, value)
        for name, value in head.values.items()
        if not is_ours(name.decode("latin-1")) or _bare(name) not in named
    ]
    return Head([*rest, *said.items()])


def _bare(name: bytes) -> bytes:
    return name.partition(b"-")[2]


def _value(label: Any) -> bytes:
    written = str(label).lower() if isinstance(label, bool) else str(label)
    return written.encode("utf-8", "replace")
