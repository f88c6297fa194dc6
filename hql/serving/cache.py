"""Answers kept in the object store: Arrow IPC streams under the organization's prefix.

The key holds everything that can change the answer: compiled text, parameters, organization, restrictions and the data
version of every table read. An answer of an older version lies beside the newer one and is given only to callers that
accept its age. Whatever is wrong with an object, it is a miss.
"""

import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from hql.compile import CompiledQuery
from hql.reader import Reader
from hql.serving.execute import Answer, ResultColumn
from warehouse.object_store import InvalidKey, NotFound, ObjectStore, StoreUnavailable

MAX_AGE_SECONDS = 3600.0
"""Nothing older is served."""

MAX_VOLATILE_AGE_SECONDS = 60.0
"""Nor anything older for a query whose answer changes with the moment."""

MAX_OBJECT_BYTES = 32 << 20
_MOST_PENDING = 16
"""So many answers may be on their way to the store while their callers have them; the next one's caller waits."""

_FACTS = b"weir"
_DIGEST_BYTES = 32

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Key:
    """Names an answer: the query of a reader, and the data it was computed from."""

    prefix: str
    version: str

    @property
    def name(self) -> str:
        return f"{self.prefix}{self.version}.arrow"


@dataclass(frozen=True)
class Kept:
    """An answer out of the cache."""

    columns: tuple[ResultColumn, ...]
    answer: Answer
    age_seconds: float


@dataclass(frozen=True)
class _Computed:
    """An answer, and when it was computed."""

    columns: tuple[ResultColumn, ...]
    answer: Answer
    at: float


def key_of(query: CompiledQuery, parameters: Mapping[str, str], reader: Reader, version: str) -> Key:
    """Returns the name under which the answer is kept."""
    parts = [query.sql, sorted(parameters.items()), str(reader.organization_id), reader.restrictions]
    return Key(f"{reader.organization_id}/answers/{_digest(parts)}/", _digest(version))


Later = Callable[[Callable[[], None]], object]
"""Runs something in a while, as an executor's `submit` does."""


def at_once(work: Callable[[], None]) -> None:
    """Runs it now."""
    work()


class Cache:
    """Answers in one bucket; never raises for what the store does, and has nobody wait for it where `later` does not.

    What is on its way into the store is served already.
    """

    def __init__(self, store: ObjectStore, clock: Callable[[], float] = time.time, later: Later = at_once) -> None:
        self._store = store
        self._clock = clock
        self._later = later
        self._pending: dict[str, _Computed] = {}

    def get(self, key: Key, *, is_volatile: bool) -> Kept | None:
        """Returns the answer for this state of the data; None if there is none that may be served."""
        return self._read(key.name, MAX_VOLATILE_AGE_SECONDS if is_volatile else MAX_AGE_SECONDS)

    def get_older(self, key: Key, max_age: float) -> Kept | None:
        """Returns the newest answer of any state of the data that is at most `max_age` seconds old."""
        try:
            found = sorted(self._store.list_after(key.prefix), key=lambda each: each.modified_at, reverse=True)
        except StoreUnavailable:
            return None
        kept = (self._read(each.key, min(max_age, MAX_AGE_SECONDS)) for each in found[:3])
        return next((each for each in kept if each is not None), None)

    def put(self, key: Key, columns: tuple[ResultColumn, ...], answer: Answer) -> bool:
        """Keeps an answer; tells whether it will be kept unless the store is away."""
        if answer.table.nbytes > 8 * MAX_OBJECT_BYTES:
            return False
        computed = _Computed(columns, answer, self._clock())
        if answer.table.nbytes > MAX_OBJECT_BYTES or len(self._pending) >= _MOST_PENDING:
            return self._stored(key.name, computed)
        self._pending[key.name] = computed
        self._later(lambda: self._settle(key.name, computed))
        return True

    def _settle(self, name: str, computed: _Computed) -> None:
        try:
            self._stored(name, computed)
        finally:
            if self._pending.get(name) is computed:
                del self._pending[name]

    def _stored(self, name: str, computed: _Computed) -> bool:
        data = _encoded(name, computed)
        if len(data) > MAX_OBJECT_BYTES:
            return False
        try:
            self._store.put(name, data)
        except StoreUnavailable as error:
            log.warning("an answer was not kept: %s", error)
            return False
        return True

    def _read(self, name: str, max_age: float) -> Kept | None:
        try:
            computed = self._pending.get(name) or _decoded(name, self._store.get(name))
        except NotFound:
            return None
        except (StoreUnavailable, InvalidKey, pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
            log.warning("a kept answer cannot be used: %r", error)
            return None
        age = max(0.0, self._clock() - computed.at)
        return Kept(computed.columns, computed.answer, age) if age <= max_age else None


def _encoded(name: str, computed: _Computed) -> bytes:
    answer = computed.answer
    facts = {
        "name": name,
        "computed_at": computed.at,
        "columns": [[column.name, column.type] for column in computed.columns],
        "elapsed_ms": answer.elapsed_ms,
        "read_rows": answer.read_rows,
        "read_bytes": answer.read_bytes,
    }
    metadata = {**(answer.table.schema.metadata or {}), _FACTS: json.dumps(facts).encode()}
    table = answer.table.replace_schema_metadata(metadata)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    data = sink.getvalue().to_pybytes()
    # Readers of Arrow stop at the end of the stream, so that the digest behind it is in nobody's way.
    return bytes(data + hashlib.sha256(data).digest())


def _decoded(name: str, data: bytes) -> _Computed:
    body, digest = data[:-_DIGEST_BYTES], data[-_DIGEST_BYTES:]
    if hashlib.sha256(body).digest() != digest:
        raise ValueError("the object is damaged")
    table = pa.ipc.open_stream(body).read_all()
    facts = json.loads(table.schema.metadata[_FACTS])
    if facts["name"] != name:
        raise ValueError("the object lies under another's name")
    columns = tuple(ResultColumn(*column) for column in facts["columns"])
    answer = Answer(table.replace_schema_metadata(None), facts["read_rows"], facts["read_bytes"], facts["elapsed_ms"])
    return _Computed(columns, answer, facts["computed_at"])


def _digest(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
