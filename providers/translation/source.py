"""Reads an object of the caller's JSON field by field, so that what nobody read can be told."""

from typing import Any, cast

import msgspec

from providers.facts import JsonObject
from providers.translation.notes import UNKNOWN, Fates, Notes, Untranslatable

_NO_FATES: Fates = {}
_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


class Source:
    """An object and the path to it. Each field is taken once, `finish` settles the rest; `null` is as absent."""

    __slots__ = ("_left", "notes", "path")

    def __init__(self, value: JsonObject, path: str, notes: Notes) -> None:
        self._left = dict(value)
        self.path = path
        self.notes = notes

    def where(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def take(self, name: str) -> Any:
        """Returns a field's value, whatever it is."""
        return self._left.pop(name, None)

    def text(self, name: str) -> str | None:
        return cast("str | None", self._typed(name, str, "a string"))

    def need_text(self, name: str) -> str:
        self.need(name)
        return cast(str, self.text(name))

    def flag(self, name: str) -> bool | None:
        return cast("bool | None", self._typed(name, bool, "true or false"))

    def integer(self, name: str) -> int | None:
        value = self.number(name)
        if value is None:
            return None
        if isinstance(value, float) and not value.is_integer():
            raise Untranslatable(f"{self.where(name)} must be a whole number", self.where(name))
        return int(value)

    def number(self, name: str) -> int | float | None:
        value: int | float | None = self._typed(name, (int, float), "a number")
        if isinstance(value, bool):
            raise Untranslatable(f"{self.where(name)} must be a number", self.where(name))
        return value

    def mapping(self, name: str) -> JsonObject | None:
        """Returns an object as it is, for what is passed on whole, such as a schema."""
        return cast("JsonObject | None", self._typed(name, dict, "an object"))

    def inner(self, name: str) -> "Source | None":
        value = self.mapping(name)
        return None if value is None else Source(value, self.where(name), self.notes)

    def objects(self, name: str) -> "list[Source]":
        """Returns the objects of an array; an absent one has none."""
        values: list[Any] = self._typed(name, list, "an array") or []
        return [self._item(name, i, value) for i, value in enumerate(values)]

    def texts(self, name: str) -> list[str]:
        """Returns the strings of an array, or the one string that stands for it."""
        value = self.take(name)
        values = [value] if isinstance(value, str) else [] if value is None else value
        if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
            raise Untranslatable(f"{self.where(name)} must be a string or an array of strings", self.where(name))
        return values

    def need(self, name: str) -> None:
        """Refuses the object if it lacks a field."""
        if self._left.get(name) is None:
            raise Untranslatable(f"{self.where(name)} is missing", self.where(name))

    def peek(self, name: str) -> Any:
        """Returns a field's value without taking it."""
        return self._left.get(name)

    def rest(self) -> JsonObject:
        """Takes all that is left."""
        left, self._left = self._left, {}
        return left

    def finish(self, fates: Fates = _NO_FATES) -> None:
        """Settles every field that was not taken."""
        for name, value in self._left.items():
            self.notes.settle(self.where(name), value, fates.get(name, UNKNOWN))

    def _typed(self, name: str, kind: type | tuple[type, ...], wanted: str) -> Any:
        value = self._left.pop(name, None)
        if value is not None and not isinstance(value, kind):
            raise Untranslatable(f"{self.where(name)} must be {wanted}", self.where(name))
        return value

    def _item(self, name: str, index: int, value: object) -> "Source":
        path = f"{self.where(name)}[{index}]"
        if not isinstance(value, dict):
            raise Untranslatable(f"{path} must be an object", path)
        return Source(value, path, self.notes)


def source_of(body: bytes, notes: Notes) -> Source:
    """Reads a request's body."""
    try:
        value = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Untranslatable(f"the body is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise Untranslatable("the body must be a JSON object")
    return Source(value, "", notes)
