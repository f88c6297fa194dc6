"""What a translation cannot carry: refused where it would change the meaning, noted as a warning where it is harmless.

Nothing is dropped in silence. What becomes of each field is data: a `Fate` per name, in a table beside its reader or
writer.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_INDEX = re.compile(r"\[\d+\]")
_MOST_WARNINGS = 32


class Untranslatable(Exception):
    """The request cannot be said in the provider's dialect; the message says which field and why."""

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        """The caller's field, as a path."""


class UnreadableAnswer(Exception):
    """What the provider sent as a success is no answer in its dialect."""


@dataclass(frozen=True)
class Fate:
    """What becomes of a field that has no counterpart."""

    is_refused: bool
    why: str
    harmless: tuple[object, ...] = ()
    """Values that say what holds anyway; they need no warning."""


def refused(why: str, *harmless: object) -> Fate:
    """The field changes the meaning."""
    return Fate(is_refused=True, why=why, harmless=harmless)


def left_out(why: str, *harmless: object) -> Fate:
    """The answer means the same without the field."""
    return Fate(is_refused=False, why=why, harmless=harmless)


UNKNOWN = left_out("it is not known here")
Fates = Mapping[str, Fate]


class Notes:
    """Gathers the warnings of one translation, each once."""

    def __init__(self) -> None:
        self._warnings: dict[str, None] = {}
        self.names: Mapping[str, str] = {}
        """Where the caller's dialect calls a neutral field by another name."""
        self.has_cache_marks = False
        """Whether the caller marks how much of the prompt is to be kept."""

    @property
    def warnings(self) -> list[str]:
        return list(self._warnings)

    def warn(self, warning: str) -> None:
        if len(self._warnings) < _MOST_WARNINGS:
            self._warnings[_INDEX.sub("[]", warning)] = None

    def settle(self, field: str, value: Any, fate: Fate) -> None:
        """Refuses or notes a field that has no counterpart."""
        if value is None or any(value == said and type(value) is type(said) for said in fate.harmless):
            return
        if fate.is_refused:
            raise Untranslatable(f"{field} cannot be translated: {fate.why}", field)
        self.warn(f"{field} is left out: {fate.why}")

    def lacks(self, request: object, fates: Fates) -> None:
        """Settles the fields of a neutral request that the provider's dialect has no place for."""
        for name, fate in fates.items():
            value = getattr(request, name)
            if value is not None and value != [] and value != {}:
                self.settle(self.name_of(name), value, fate)

    def name_of(self, field: str) -> str:
        """Returns what the caller calls a neutral field."""
        return self.names.get(field, field)
