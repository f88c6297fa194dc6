"""Reads `hostile/<category>.toml`: queries that would do harm on an engine that has no layer above it.

A file says what makes its category hostile (`about`) and how that shows on the bare engine (`proof`). A case has a name
and `sql`, and may have a `proof` of its own. In place of `sql` there may be `parts`: texts with how often each is
repeated. In the text `{file}` is a file of the host, `{out}` one that does not exist, `{port}` a port that is listened
on, `{foreign}` the other organization and `{segment}` its name in the store. `database` is where the bare engine is
asked: `weir`, or `together`, which holds what a query sees of both organizations: computed tables and Helicone's names.

What `proof` says of the bare engine, which is asked as the writer:

    reveals    the answer or the error holds a value of a foreign row
    depends    the answer is another than on a database that holds our organization alone
    tells      the answer holds what `shows`, an expression, finds: something about the server or its host
    slow       foreign rows make the query hit a limit that it stays far from without them
    outlives   the query runs into the limit of time, memory or size whoever asks it
    exhausts   the text is too deep, too long or too large for a parser: the engine's, or sqlglot's as it comes
    writes     the file `{out}` is there afterwards
    opens      somebody connects to `{port}`
    changes    `probe` answers something else afterwards; `undo` puts it back
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.hql.dataset import CANARY, THEIRS

FOLDER = Path(__file__).parent / "hostile"
PROOFS = frozenset(
    {"reveals", "depends", "tells", "slow", "outlives", "exhausts", "writes", "opens", "changes"},
)


@dataclass(frozen=True)
class Hostile:
    """One hostile query."""

    category: str
    name: str
    about: str
    proof: str
    text: str
    shows: str = ""
    probe: str = ""
    undo: tuple[str, ...] = ()
    parameters: tuple[tuple[str, Any], ...] = ()
    database: str = "weir"

    def __str__(self) -> str:
        return f"{self.category}: {self.name}"

    def sql(self, *, file: Path, out: Path, port: int) -> str:
        """The query with its places filled in."""
        filled = self.text
        for name, value in {
            "file": file, "out": out, "port": port, "foreign": THEIRS, "segment": f"{CANARY}-raw/v1/segment",
        }.items():  # fmt: skip
            filled = filled.replace(f"{{{name}}}", str(value))
        return filled


def read_hostile() -> list[Hostile]:
    """Returns every case, by category."""
    return [case for path in sorted(FOLDER.glob("*.toml")) for case in _read(path)]


def _read(path: Path) -> list[Hostile]:
    category = tomllib.loads(path.read_text(encoding="utf-8"))
    return [
        Hostile(
            category=path.stem,
            name=case["name"],
            about=category["about"],
            proof=case.get("proof", category["proof"]),
            text=case.get("sql") or "".join(text * times for text, times in case["parts"]),
            shows=case.get("shows", category.get("shows", "")),
            probe=case.get("probe", category.get("probe", "")),
            undo=tuple(case.get("undo", category.get("undo", []))),
            parameters=tuple(case.get("parameters", {}).items()),
            database=category.get("database", "weir"),
        )
        for case in category["case"]
    ]
