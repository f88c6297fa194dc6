"""The functions a query may call, read from `functions.txt`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources

COMBINATORS = (
    "SimpleState", "MergeState", "OrDefault", "Distinct", "ForEach", "Resample", "ArgMin", "ArgMax", "OrNull", "Array",
    "Merge", "State", "Map", "If",
)  # fmt: skip
"""Suffixes an aggregate takes, longest first; they stack, as in `sumArrayIf`."""

_MARKS = re.compile(r"[*!]+$")


@dataclass(frozen=True)
class Function:
    """One function a query may call."""

    name: str
    group: str
    any_case: bool
    """Whether the name may be written in any case."""
    volatile: bool
    """Whether its answer changes with the moment."""

    @property
    def is_aggregate(self) -> bool:
        return self.group == "aggregate"


@dataclass(frozen=True)
class Functions:
    """The allow-list of functions."""

    by_name: Mapping[str, Function] = field(repr=False)

    @cached_property
    def _by_lower_name(self) -> dict[str, Function]:
        return {name.lower(): function for name, function in self.by_name.items() if function.any_case}

    def find(self, written: str) -> Function | None:
        """Returns the function of that name, looking under an aggregate's combinators; None if it is not listed."""
        name: str | None = written
        while name:
            found = self.by_name.get(name) or self._by_lower_name.get(name.lower())
            if found is not None and (name == written or found.group in ("aggregate", "window")):
                return found
            name = _without_combinator(name)
        return None

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Returns the names of each group, in the order of the file."""
        names: dict[str, list[str]] = {}
        for function in self.by_name.values():
            names.setdefault(function.group, []).append(function.name)
        return {group: tuple(members) for group, members in names.items()}


def load_functions() -> Functions:
    """Reads the allow-list that comes with this package."""
    return parse_functions(resources.files("hql").joinpath("functions.txt").read_text(encoding="utf-8"))


def parse_functions(text: str) -> Functions:
    """Reads an allow-list: groups in brackets, names with their marks separated by blanks."""
    functions: dict[str, Function] = {}
    group = ""
    for line in text.splitlines():
        if line.startswith("["):
            group = line.strip("[] ")
        elif not line.startswith("#"):
            for word in line.split():
                function = _function(word, group)
                functions[function.name] = function
    return Functions(functions)


def _function(word: str, group: str) -> Function:
    marks = _MARKS.search(word)
    return Function(_MARKS.sub("", word), group, bool(marks and "*" in marks[0]), bool(marks and "!" in marks[0]))


def _without_combinator(name: str) -> str | None:
    for combinator in COMBINATORS:
        if name.endswith(combinator) and len(name) > len(combinator):
            return name[: -len(combinator)]
    return None
