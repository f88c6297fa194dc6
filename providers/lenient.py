"""Reads JSON that others wrote, at msgspec's speed where it is sound and with patience where it is not."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_MOST_DOLLARS = Decimal(100_000)
"""A single call that claims to cost more is not believed."""


def decode(data: bytes, decoder: msgspec.json.Decoder[T]) -> T | None:
    """Decodes the bytes, or returns None: what is malformed or of another shape is no error here.

    msgspec refuses NaN, bytes that are not UTF-8 and halves of surrogate pairs, all of which providers send; such
    text is repaired and read again.
    """
    try:
        return decoder.decode(data)
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    except RecursionError:
        return None
    try:
        value = json.loads(data.decode("utf-8", "replace"), parse_constant=lambda _: None)
        return decoder.decode(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError, msgspec.DecodeError):
        return None


def text(value: object) -> str | None:
    """Returns the value if it is a text with something in it."""
    return value if isinstance(value, str) and value else None


def dollars(value: object) -> Decimal | None:
    """Reads an amount of money as providers write it: a number, or one in a string."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount <= _MOST_DOLLARS else None


def whole_number(value: object) -> int:
    """Returns the value if it is a whole number, else zero: the place of something of which there is mostly one."""
    return value if isinstance(value, int) else 0


def mapping(value: object) -> dict[str, Any]:
    """Returns the value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[dict[str, Any]]:
    """Returns the objects in a JSON array, or nothing."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


_any_object: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])


def decode_object(data: bytes | str) -> dict[str, Any]:
    """Decodes a JSON object; anything else gives an empty one."""
    return decode(data.encode("utf-8", "replace") if isinstance(data, str) else data, _any_object) or {}
