"""Reads the statements of `fixtures/*.sql`: blocks between blank lines whose first line, a comment, names the case."""

from dataclasses import dataclass
from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures"


@dataclass(frozen=True)
class Case:
    """One named statement."""

    title: str
    sql: str

    def __str__(self) -> str:
        return self.title


def read_cases(name: str) -> list[Case]:
    cases = []
    for block in (FIXTURES / name).read_text(encoding="utf-8").split("\n\n"):
        title, *statement = block.strip("\n").split("\n")
        if statement and not statement[0].startswith("--"):
            cases.append(Case(title.removeprefix("--").strip(), "\n".join(statement)))
    return cases
