"""Reads the statements of `fixtures/*.sql`: blocks between blank lines whose first line, a comment, names the case."""

from dataclasses import dataclass
from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures"


@dataclass(frozen=True)
class Case:
    """One named statement, and in a pair what it becomes."""

    title: str
    sql: str
    becomes: str = ""

    def __str__(self) -> str:
        return self.title


def read_cases(name: str) -> list[Case]:
    cases = []
    for block in (FIXTURES / name).read_text(encoding="utf-8").split("\n\n"):
        title, *statement = block.strip("\n").split("\n")
        if statement and not statement[0].startswith("--"):
            sql, _, becomes = "\n".join(statement).partition("\n-- becomes")
            cases.append(Case(title.removeprefix("--").strip(), sql, becomes.strip()))
    return cases
