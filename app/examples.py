"""Queries to begin with, each a file of `app/questions/examples/`: its first comment is its name."""

from functools import cache
from pathlib import Path

_FILES = Path(__file__).parent / "questions" / "examples"


@cache
def examples() -> dict[str, str]:
    """Returns HQL by what it answers, in the order of the files."""
    found: dict[str, str] = {}
    for path in sorted(_FILES.glob("*.sql")):
        head, _, sql = path.read_text(encoding="utf-8").partition("\n")
        found[head.removeprefix("-- ").rstrip(".")] = sql.strip() + "\n"
    return found
