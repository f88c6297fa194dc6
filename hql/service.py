"""What the api calls: compile, look in the cache, run, remember."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import pyarrow as pa

from hql.catalog import Catalog

CacheState = Literal["miss", "hit", "stale", "bypass", "off"]
"""How the answer came: computed and kept; from the cache; from the cache with older data, because `max_age` allowed it;
computed because `fresh` asked for it; computed and not kept, because it is too large."""


@dataclass(frozen=True)
class ResultColumn:
    """A column of an answer and its ClickHouse type."""

    name: str
    type: str


@dataclass(frozen=True)
class Result:
    """An answer."""

    columns: tuple[ResultColumn, ...]
    table: pa.Table
    """The rows. UUIDs and enums are strings here, times are UTC timestamps, sums of money stay decimals."""
    row_count: int
    truncated: bool
    """Whether there were more rows than the limit."""
    elapsed_ms: float
    read_rows: int
    read_bytes: int
    cache: CacheState
    age_seconds: float
    """How long ago the answer was computed; 0 for one just computed."""
    query_id: str


@dataclass(frozen=True)
class Validation:
    """What a query would do, without running it."""

    sql: str
    tables: tuple[str, ...]
    parameters: Mapping[str, str]
    """Names and ClickHouse types of the parameters it needs."""
    columns: tuple[ResultColumn, ...]


class HqlService:
    """Queries of organizations against one warehouse; thread-safe, blocking: call it from a thread."""

    def query(
        self,
        organization_id: UUID,
        sql: str,
        *,
        parameters: Mapping[str, object] | None = None,
        limit: int | None = None,
        fresh: bool = False,
        max_age: float | None = None,
        timeout: float | None = None,
        query_id: str | None = None,
    ) -> Result:
        """Returns the answer of one query; raises HqlError.

        `limit` bounds the rows (10,000 unless told, 1,000,000 at most), `timeout` the seconds (30 unless told and at
        most). `fresh` ignores the cache, `max_age` accepts an answer that many seconds old though newer data came.
        """
        raise NotImplementedError

    def validate(self, organization_id: UUID, sql: str) -> Validation:
        """Compiles the query and asks the engine for the answer's columns, without reading rows; raises HqlError."""
        raise NotImplementedError

    def schema(self) -> Catalog:
        """Returns what can be queried; `catalog.as_dict()` is its JSON form."""
        raise NotImplementedError

    def cancel(self, query_id: str) -> None:
        """Stops a running query, whose caller gets Cancelled; an unknown or finished one is no error."""
        raise NotImplementedError

    def close(self) -> None:
        """Gives the connections back."""
        raise NotImplementedError
