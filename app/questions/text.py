"""The questions the dashboard asks, as HQL: one file each.

In a question, `matching` stands for the conditions of `matching.sql` whose parameters were given. What comes out is
what an analyst would write by hand, and opens as such on the HQL page.
"""

import re
from collections.abc import Collection
from functools import cache
from pathlib import Path

_FILES = Path(__file__).parent
_PARAMETER = re.compile(r"\{(\w+):[^}]+\}")
_MATCHING = re.compile(r"\bmatching\b")
_COMMENT = re.compile(r"^--.*\n", re.MULTILINE)


def question(name: str, given: Collection[str]) -> str:
    """Returns the question's HQL for the parameters that are given."""
    conditions = [line for line in _read("matching").splitlines() if set(_PARAMETER.findall(line)) <= set(given)]
    return _MATCHING.sub("\n  and ".join(conditions), _read(name))


def parameters_of(sql: str) -> list[str]:
    """Returns the names of the parameters in the text, in their order."""
    return list(dict.fromkeys(_PARAMETER.findall(sql)))


def meaning(name: str) -> str:
    """Returns what the question asks, from the comment at its head."""
    head = (_FILES / f"{name}.sql").read_text(encoding="utf-8").split("\nselect", 1)[0]
    return " ".join(line.removeprefix("-- ") for line in head.splitlines())


def names() -> list[str]:
    """Returns all questions."""
    return sorted(path.stem for path in _FILES.glob("*.sql") if path.stem != "matching")


@cache
def _read(name: str) -> str:
    return _COMMENT.sub("", (_FILES / f"{name}.sql").read_text(encoding="utf-8")).strip()
