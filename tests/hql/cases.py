"""Reads the statements of `fixtures/**.sql`: blocks between blank lines whose first line, a comment, names the case.

A name may end with the values of the statement's parameters, as JSON: `-- calls of a provider {"provider": "openai"}`.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

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
