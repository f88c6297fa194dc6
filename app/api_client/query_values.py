"""What the api keeps of queries: saved ones, the viewer's own past ones, and exports under way."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

ACTIVE = ("queued", "running")


class SavedParameter(msgspec.Struct, frozen=True):
    """A typed parameter, and the value a run begins with."""

    type: str
    default: Any = None


class SavedQuery(msgspec.Struct, frozen=True):
    """A query that the organization has saved under a name."""

    id: str
    name: str
    sql: str
    parameters: Mapping[str, SavedParameter]
    updated_at: datetime
    updated_by: str

    @property
    def defaults(self) -> dict[str, str]:
        """The values to begin with, as they stand in an address."""
        known = {name: each.default for name, each in self.parameters.items() if each.default is not None}
        return {name: ",".join(map(str, each)) if isinstance(each, list) else str(each) for name, each in known.items()}


class SavedQueries(msgspec.Struct, frozen=True):
    queries: tuple[SavedQuery, ...]


class PastQuery(msgspec.Struct, frozen=True):
    """A text that the viewer has run, and how it went the last time."""

    sql: str
    parameters: Mapping[str, Any]
    run_count: int
    ran_at: datetime
    elapsed_ms: float | None = None
    row_count: int | None = None
    error_code: str | None = None


class PastQueries(msgspec.Struct, frozen=True):
    queries: tuple[PastQuery, ...]


class ExportError(msgspec.Struct, frozen=True):
    message: str


class Export(msgspec.Struct, frozen=True):
    """All rows of a query on their way into a file."""

    id: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    sql: str
    format: str
    row_count: int
    bytes: int
    created_at: datetime
    created_by: str
    error: ExportError | None = None
    result_url: str | None = None

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE


class Exports(msgspec.Struct, frozen=True):
    jobs: tuple[Export, ...]
