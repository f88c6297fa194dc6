"""Reads facts from a span's attributes, whichever convention tells them."""

import re
from typing import Any

import msgspec

from gateway.logged.otlp.conventions import names_of
from gateway.logged.otlp.span import Attributes
from providers import lenient
from providers.usage import count

_any_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
_MOST_CHARS = 512
_MOST_DEEP = 12
_INDEX = re.compile(r"[0-9]{1,6}")


def value(attributes: Attributes, fact: str) -> Any:
    """Returns the first value there is of a fact; None for none."""
    for name in names_of(fact):
        found = attributes.get(name)
        if found is not None and found != "" and found != []:
            return found
    return None


def text(attributes: Attributes, fact: str) -> str | None:
    """Returns a fact that is a short text; a number is one too, as ids often are."""
    found = value(attributes, fact)
    if isinstance(found, list):
        found = found[0]
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return None
    return str(found)[:_MOST_CHARS]


def number(attributes: Attributes, fact: str) -> int | None:
    """Returns a fact that counts something."""
    return count(value(attributes, fact))


def structured(found: Any) -> Any:
    """Returns a value that is JSON in a text as what it says; any other as it is."""
    if isinstance(found, str) and found.lstrip()[:1] in ("{", "["):
        decoded = lenient.decode(found.encode("utf-8", "replace"), _any_decoder)
        return found if decoded is None else decoded
    return found


def written(found: Any) -> str:
    """Returns a value as a text: itself if it is one, else as JSON."""
    return found if isinstance(found, str) else msgspec.json.encode(found).decode()


def nested(attributes: Attributes, prefix: str) -> dict[str, Any]:
    """Returns what lies below a prefix as nested objects: `a.0.role` below `a.` becomes `{"0": {"role": …}}`."""
    result: dict[str, Any] = {}
    for name, found in attributes.items():
        if not name.startswith(prefix):
            continue
        *way, last = name[len(prefix) :].split(".", _MOST_DEEP)
        place = result
        for step in way:
            place = place.setdefault(step, {})
            if not isinstance(place, dict):
                break
        else:
            place.setdefault(last, found)
    return result


def in_order(objects: Any) -> list[Any]:
    """Returns the values of an object whose names are numbers, by these; of a list, its values."""
    if isinstance(objects, list):
        return objects
    if not isinstance(objects, dict):
        return []
    return [objects[name] for name in sorted(filter(_INDEX.fullmatch, objects), key=int)]
