"""Reads the statements of `fixtures/**.sql`: blocks between blank lines whose first line, a comment, names the case.

A name may end with the values of the statement's parameters, as JSON: `-- calls of a provider {"provider": "openai"}`.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent / "fixtures"
LEVELS = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Case:
    """One named statement, and in a pair what it becomes."""

    title: str
    sql: str
    becomes: str = ""
    parameters: dict[str, object] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return self.title


def read_cases(name: str) -> list[Case]:
    cases = []
    for block in (FIXTURES / name).read_text(encoding="utf-8").split("\n\n"):
        first, *statement = block.strip("\n").split("\n")
        if statement and not statement[0].startswith("--"):
            sql, _, becomes = "\n".join(statement).partition("\n-- becomes")
            title, brace, values = first.removeprefix("--").strip().partition(" {")
            parameters = json.loads("{" + values) if brace and values.endswith("}") else {}
            cases.append(Case(title, sql, becomes.strip(), parameters))
    return cases


def legitimate_cases(*levels: int) -> list[Case]:
    """What analysts ask, from one table read to everything the language has."""
    return [case for level in levels or LEVELS for case in read_cases(f"legitimate/level{level}.sql")]


def rounded(value: Any) -> Any:
    """Floats to nine digits: sums of them depend on the order of their parts in the last ones."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [rounded(member) for member in value]
    if isinstance(value, dict):
        return {name: rounded(member) for name, member in value.items()}
    return value
