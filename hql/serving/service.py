"""What the api calls: compile, look in the cache, run, remember."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Literal
from uuid import UUID, uuid4

import pyarrow as pa

from hql.catalog import Catalog, build_catalog
from hql.compile import CompiledQuery
from hql.compile import compile as compile_query
from hql.parameters import bind
from hql.reader import Reader
from hql.serving.cache import Cache, Kept, Key, key_of
from hql.serving.connections import Connections, Question
from hql.serving.execute import Answer, ResultColumn, Rows, describe, run, streamed
from hql.serving.explain import Estimate, explain
from hql.serving.flights import Flights
from hql.serving.own_reads import told
from hql.serving.scans import Scans
from hql.serving.slots import Slots
from hql.serving.versions import Versions
from warehouse.object_store import ObjectStore

__all__ = ["CacheState", "Estimate", "HqlService", "Result", "ResultColumn", "Rows", "Validation", "open_service"]

CacheState = Literal["miss", "hit", "stale", "bypass", "off"]
"""How the answer came: computed and kept; from the cache; from the cache with older data, because `max_age` allowed it;
computed because `fresh` asked for it; computed and not kept, because it is too large or there is no store."""

DEFAULT_ROWS = 10_000
MAX_ROWS = 999_999
"""The engine's own bound is a million, and we ask for one row more than we show."""

DEFAULT_SECONDS = 30.0
MAX_SECONDS = 60.0
EXPORT_SECONDS = 3600.0
MAX_EXPORT_ROWS = 10**11
_STORING_THREADS = 2
_REMEMBERED = 500
"""How many texts are remembered with what they compile to and the columns of their answers."""


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
    """How long the engine took, when it was asked."""
    read_rows: int
    """At most as many as the organization has in the tables read."""
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


def open_service(
    reader_url: str,
    store: ObjectStore | None = None,
    *,
    epoch: Callable[[UUID], int] = lambda organization_id: 0,
    slots: Slots | None = None,
    scans: Scans | None = None,
) -> "HqlService":
    """Puts a service together; connects to nothing yet. Without a store nothing is cached."""
    connections = Connections(reader_url)
    catalog = build_catalog()
    storing = ThreadPoolExecutor(_STORING_THREADS, thread_name_prefix="hql-cache")
    cache = Cache(store, later=storing.submit) if store is not None else None
    versions = Versions(connections, catalog.database, epoch=epoch)
    return HqlService(connections, catalog, versions, cache, slots or Slots(), scans)


class HqlService:
    """Queries of organizations against one warehouse; thread-safe, blocking: call it from a thread."""

    def __init__(
        self,
        connections: Connections,
        catalog: Catalog,
        versions: Versions,
        cache: Cache | None,
        slots: Slots,
        scans: Scans | None = None,
    ) -> None:
        self._connections = connections
        self._catalog = catalog
        self._versions = versions
        self._cache = cache
        self._slots = slots
        self._scans = scans or Scans()
        self._flights: Flights[_Computed] = Flights()
        self._compile = lru_cache(maxsize=_REMEMBERED)(lambda sql, reader: compile_query(sql, catalog, reader))
        self._columns: dict[str, tuple[ResultColumn, ...]] = {}

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

        `limit` bounds the rows (10,000 unless told, 999,999 at most), `timeout` the seconds (30 unless told, 60 at
        most). `fresh` ignores the cache, `max_age` accepts an answer that many seconds old though newer data came.
        """
        reader = Reader(organization_id, max_rows=max(1, min(limit or DEFAULT_ROWS, MAX_ROWS)))
        query = self._compile(sql, reader)
        bound = bind(query.parameters, parameters or {})
        question = Question(
            organization_id,
            query.sql,
            query_id or uuid4().hex,
            min(timeout or DEFAULT_SECONDS, MAX_SECONDS),
            sql,
            bound,
        )
        if self._cache is None:
            return _result(query, question, self._compute(query, question, None), "off")
        # Asked before the query runs: rows that come meanwhile make the next question a miss, never this answer a lie.
        key = key_of(query, bound, reader, self._versions.current(organization_id, query.tables))
        if fresh:
            return _result(query, question, self._compute(query, question, key), "bypass")
        if (kept := self._cache.get(key, is_volatile=query.is_volatile)) is not None:
            return _result(query, question, kept, "hit")
        if max_age is not None and (kept := self._cache.get_older(key, max_age)) is not None:
            return _result(query, question, kept, "stale")
        computed, by_another = self._flights.run(key.name, lambda: self._compute(query, question, key))
        return _result(query, question, computed, "hit" if by_another else "miss" if computed.is_kept else "off")

    def validate(self, organization_id: UUID, sql: str) -> Validation:
        """Compiles the query and asks the engine for the answer's columns, without reading rows; raises HqlError.

        Columns of a query with parameters are told as far as the engine can say them without values.
        """
        query = self._compile(sql, Reader(organization_id))
        question = Question(organization_id, query.sql, uuid4().hex, DEFAULT_SECONDS, sql)
        # The engine computes what is constant, however long that takes: it counts as a query.
        with self._place(question):
            columns = () if query.parameters else self._described(question)
        return Validation(query.sql, query.tables, query.parameters, columns)

    @contextmanager
    def export(
        self,
        organization_id: UUID,
        sql: str,
        *,
        parameters: Mapping[str, object] | None = None,
        query_id: str | None = None,
    ) -> Iterator[Rows]:
        """Gives all rows of one query as they come, however many there are; raises HqlError, also while they are read.

        It takes none of the places of questions that somebody waits for: who calls it bounds how many run at once.
        """
        query = self._compile(sql, Reader(organization_id, max_rows=MAX_EXPORT_ROWS))
        bound = bind(query.parameters, parameters or {})
        question = Question(
            organization_id, query.sql, query_id or uuid4().hex, EXPORT_SECONDS, sql, bound, is_export=True
        )
        columns = self._described(replace(question, timeout=DEFAULT_SECONDS))
        with streamed(self._connections, question, columns) as rows:
            yield rows

    def check(self, organization_id: UUID, sql: str, *, parameters: Mapping[str, object] | None = None) -> None:
        """Raises HqlError unless the query may run with these values."""
        bind(self.parameters(organization_id, sql), parameters or {})

    def parameters(self, organization_id: UUID, sql: str) -> Mapping[str, str]:
        """Returns the names and ClickHouse types of the parameters of a query that may run; raises HqlError."""
        return self._compile(sql, Reader(organization_id)).parameters

    def explain(
        self, organization_id: UUID, sql: str, *, parameters: Mapping[str, object] | None = None
    ) -> tuple[Estimate, ...]:
        """Returns what the query would read of each stored table, as the engine estimates it; raises HqlError."""
        query = self._compile(sql, Reader(organization_id))
        bound = bind(query.parameters, parameters or {})
        question = Question(organization_id, query.sql, uuid4().hex, DEFAULT_SECONDS, sql, bound)
        with self._place(question):
            return explain(self._connections, question, self._catalog.database, query.tables)

    def schema(self) -> Catalog:
        """Returns what can be queried; `catalog.as_dict()` is its JSON form."""
        return self._catalog

    def cancel(self, query_id: str) -> None:
        """Stops a running query, whose caller gets Cancelled; an unknown or finished one is no error."""
        self._connections.cancel(query_id)

    def still_runs(self, query_id: str) -> bool:
        """Whether the engine works on a query that nobody waits for any more."""
        return self._connections.still_runs(query_id)

    def close(self) -> None:
        """Gives the connections back."""
        self._connections.close()

    def _compute(self, query: CompiledQuery, question: Question, key: Key | None) -> "_Computed":
        self._scans.admit(question.organization_id)
        with self._place(question), self._scans.counted(question.organization_id) as count:
            columns = self._described(question)
            answer = run(self._connections, question, columns)
            count(answer.read_bytes)
        if query.tables:
            answer = told(answer, self._versions.row_count(question.organization_id, query.tables))
        is_kept = key is not None and self._cache is not None and self._cache.put(key, columns, answer)
        return _Computed(columns, answer, is_kept)

    def _place(self, question: Question) -> AbstractContextManager[None]:
        return self._slots.held(question.organization_id, partial(self._connections.still_runs, question.query_id))

    def _described(self, question: Question) -> tuple[ResultColumn, ...]:
        """The columns of the answer; they depend on the text alone, so each text is asked for once."""
        known = self._columns.get(question.sql)
        if known is None:
            known = describe(self._connections, question)
            if len(self._columns) >= _REMEMBERED:
                self._columns.clear()
            self._columns[question.sql] = known
        return known


@dataclass(frozen=True)
class _Computed:
    columns: tuple[ResultColumn, ...]
    answer: Answer
    is_kept: bool
    age_seconds: float = 0.0


def _result(query: CompiledQuery, question: Question, found: _Computed | Kept, state: CacheState) -> Result:
    table = found.answer.table.slice(0, query.max_rows)
    return Result(
        columns=found.columns,
        table=table,
        row_count=table.num_rows,
        truncated=found.answer.table.num_rows > query.max_rows,
        elapsed_ms=found.answer.elapsed_ms,
        read_rows=found.answer.read_rows,
        read_bytes=found.answer.read_bytes,
        cache=state,
        age_seconds=found.age_seconds,
        query_id=question.query_id,
    )
