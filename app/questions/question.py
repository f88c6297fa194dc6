"""The questions the dashboard asks and the examples it offers, as HQL: one file each.

In a question, `matching` stands for the conditions of `matching.sql` whose parameters were given. What comes out is
what an analyst would write by hand, and opens as such on the HQL page.

Questions about long periods are asked of sums by the hour or the day: `hourly/` and `daily/` have them once more, by
the same names and with the same columns in the answer, and `source.py` decides.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from app.questions.source import sums_for

_FILES = Path(__file__).parent
# Comments and texts are matched first, so that braces in them are passed over.
_PARAMETER = re.compile(r"--[^\n]*|'(?:[^'\\]|\\.)*'|\{\s*(?P<name>\w+)\s*:\s*(?P<type>[^}]+?)\s*\}")
_MATCHING = re.compile(r"\bmatching\b")
_COMMENT = re.compile(r"^--.*\n", re.MULTILINE)


@dataclass(frozen=True)
class Question:
    """A question by name, and what is asked for."""

    name: str
    parameters: Mapping[str, object] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        """The HQL that asks it, with the conditions whose parameters are given."""
        lines = {line: parameters_in(line).keys() for line in _hql(self._folder / "matching.sql").splitlines()}
        given = {line: names for line, names in lines.items() if names <= self.parameters.keys()}
        # Whoever has the property with that value has the property: to look twice takes a sixth longer.
        conditions = [
            line for line, names in given.items() if not any(names and names < more for more in given.values())
        ]
        return _MATCHING.sub("\n  and ".join(conditions), _hql(self._folder / f"{self.name}.sql"))

    @property
    def used(self) -> dict[str, object]:
        """The parameters its HQL names."""
        return {name: self.parameters[name] for name in parameters_in(self.sql)}

    @property
    def meaning(self) -> str:
        """What it asks, from the comment at its file's head."""
        head = _text(self._folder / f"{self.name}.sql").split("\nselect", 1)[0]
        return " ".join(line.removeprefix("-- ") for line in head.splitlines())

    @property
    def _folder(self) -> Path:
        folders = [_FILES / kind for kind in sums_for(self.parameters)]
        return next((folder for folder in folders if self.name in _names(folder)), _FILES)


def parameters_in(sql: str) -> dict[str, str]:
    """Returns the parameters that the text names, with their types; those in comments and texts are none."""
    return {found["name"]: found["type"] for found in _PARAMETER.finditer(sql) if found["name"]}


@cache
def examples() -> dict[str, str]:
    """Returns the HQL of queries to begin with by what it answers, which is the first comment of each file."""
    found: dict[str, str] = {}
    for path in sorted(_FILES.glob("examples/*.sql")):
        head, _, sql = path.read_text(encoding="utf-8").partition("\n")
        found[head.removeprefix("-- ").rstrip(".")] = sql.strip() + "\n"
    return found


def _hql(path: Path) -> str:
    return _COMMENT.sub("", _text(path)).strip()


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _names(folder: Path) -> frozenset[str]:
    return frozenset(path.stem for path in folder.glob("*.sql"))
