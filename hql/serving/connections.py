"""Connections to ClickHouse's HTTP interface: one for each question in flight, so that any of them can be stopped.

A question is stopped by hanging up: the engine ends a read whose reader is gone, as soon as it looks. Until then it
works on; `still_runs` tells. A connection is used again only after an answer without error that was read to its end.
"""

import logging
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from queue import Empty, SimpleQueue
from threading import Lock
from urllib.parse import unquote, urlencode, urlsplit
from uuid import UUID, uuid4

import pyarrow as pa

from hql.errors import Cancelled, HqlError, Unavailable
from hql.rules.bounded_patterns import FIND_ALL
from hql.serving.engine_errors import BUSY, TIMEOUT, translate
from warehouse.clickhouse import reader_settings

_QUESTION = {
    # An error then comes as a status, never in the middle of rows.
    "wait_end_of_query": "1",
    # The engine looks at its limits between blocks, so a call over a whole block is what outlives them.
    "max_block_size": "8192",
}
_FINDS_ALL = re.compile(rf"\b({'|'.join(FIND_ALL)})\(", re.IGNORECASE)
_COSTLY = {"max_block_size": "1024"}
"""For questions that find every match of an expression: a thousand letters can cost a millisecond."""

_EXPORT = {
    "max_result_rows": str(10**12),
    "max_result_bytes": str(1 << 50),
    "max_rows_to_read": str(10**12),
}
_GRACE_SECONDS = 5.0
_LOOK_SECONDS = 1.0
_MOST_LEFT = 1000
_RUNS_ALREADY = 216
"""The engine's code for a question whose id is that of one it works on."""
_MAX_ERROR_BYTES = 64 << 10

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Question:
    """What is sent to the engine."""

    organization_id: UUID
    sql: str
    query_id: str
    timeout: float
    written: str = ""
    """The analyst's text, for the places of errors."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    is_export: bool = False
    """Whether it may run for long and give rows without end, which are then sent as they come."""


class Connections:
    """Connections to the warehouse as one of its users; thread-safe."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or (8443 if parts.scheme == "https" else 8123)
        self._headers = {
            "X-ClickHouse-User": unquote(parts.username or "default"),
            "X-ClickHouse-Key": unquote(parts.password or ""),
            "Content-Type": "text/plain; charset=utf-8",
        }
        self._database = parts.path.strip("/") or "default"
        self._idle: SimpleQueue[HTTPConnection] = SimpleQueue()
        self._running: dict[str, HTTPConnection] = {}
        self._cancelled: set[str] = set()
        self._left: dict[str, tuple[Question, str]] = {}
        """Questions that were not answered to the end, each with the id that the engine knows it by."""
        self._lock = Lock()

    @contextmanager
    def asked(self, question: Question, sql: str, format: str) -> Iterator[HTTPResponse]:
        """Sends the SQL for a question and gives the response to read; raises HqlError, also while it is read."""
        connection = self._connected(question.timeout + _GRACE_SECONDS)
        # An id for each time: the engine may still hold the one before.
        id = f"{question.query_id}-{uuid4().hex[:8]}"
        with self._lock:
            self._running[question.query_id] = connection
            self._left[question.query_id] = question, id
            if len(self._left) > _MOST_LEFT:
                # Nobody has asked about it, as nobody does who only wanted a version.
                del self._left[next(iter(self._left))]
        clean = False
        try:
            connection.request("POST", self._path(question, id, format), sql.encode(), self._headers)
            response = connection.getresponse()
            if response.status != 200:
                self._forget(question.query_id)
                raise _engine_error(response, question)
            yield response
            clean = not response.read(1)
        except (OSError, HTTPException, pa.ArrowException) as error:
            raise self._interrupted(error, question) from error
        finally:
            with self._lock:
                self._running.pop(question.query_id, None)
                self._cancelled.discard(question.query_id)
            if clean:
                self._forget(question.query_id)
                self._idle.put(connection)
            else:
                connection.close()

    def cancel(self, query_id: str) -> None:
        """Stops a running question; one that is not running is no error."""
        with self._lock:
            connection = self._running.get(query_id)
            if connection is not None:
                self._cancelled.add(query_id)
                # Under the lock: once it is let go of, the connection may serve another question.
                _hang_up(connection)

    def still_runs(self, query_id: str) -> bool:
        """Whether the engine works on a question that we hung up on; asks it."""
        with self._lock:
            left = self._left.get(query_id)
        if left is None:
            return False
        runs = self._is_taken(*left)
        if not runs:
            self._forget(query_id)
        return runs

    def close(self) -> None:
        """Ends everything."""
        with self._lock:
            for connection in self._running.values():
                _hang_up(connection)
        while (idle := self._take_idle()) is not None:
            idle.close()

    def _is_taken(self, question: Question, id: str) -> bool:
        """Whether the engine works on a question of that id, which it then refuses to begin once more."""
        try:
            connection = self._connected(_LOOK_SECONDS)
        except Unavailable:
            # Nobody is there, nor is what it worked on.
            return False
        try:
            connection.request("POST", self._path(question, id, "Null"), b"SELECT 1", self._headers)
            response = connection.getresponse()
            return int(response.headers.get("X-ClickHouse-Exception-Code") or 0) in (_RUNS_ALREADY, BUSY)
        except (OSError, HTTPException):
            return True
        finally:
            connection.close()

    def _forget(self, query_id: str) -> None:
        with self._lock:
            self._left.pop(query_id, None)

    def _path(self, question: Question, id: str, format: str) -> str:
        asked = {
            "database": self._database,
            "default_format": format,
            "query_id": id,
            **(_EXPORT if question.is_export else _QUESTION),
            **(_COSTLY if _FINDS_ALL.search(question.sql) else {}),
            "max_execution_time": f"{max(1, round(question.timeout))}",
            # The row policies of the engine stand behind the compiler's own filter.
            **reader_settings(question.organization_id),
        } | {f"param_{name}": value for name, value in question.parameters.items()}
        return f"/?{urlencode(asked)}"

    def _connected(self, timeout: float) -> HTTPConnection:
        connection = self._take_idle()
        while connection is not None and _is_stale(connection):
            connection.close()
            connection = self._take_idle()
        if connection is None:
            connection = self._kind(self._host, self._port, timeout=timeout)
            try:
                connection.connect()
            except OSError as error:
                raise Unavailable("warehouse_unavailable", "the warehouse does not answer") from error
        connection.sock.settimeout(timeout)
        return connection

    def _take_idle(self) -> HTTPConnection | None:
        try:
            return self._idle.get_nowait()
        except Empty:
            return None

    def _interrupted(self, error: Exception, question: Question) -> HqlError:
        with self._lock:
            cancelled = question.query_id in self._cancelled
        if cancelled:
            return Cancelled("cancelled", "the query was cancelled")
        if isinstance(error, TimeoutError):
            return translate(TIMEOUT, "", question.written)
        log.warning("the warehouse broke off: %r", error)
        return Unavailable("warehouse_unavailable", "the warehouse broke off its answer")


def _engine_error(response: HTTPResponse, question: Question) -> HqlError:
    message = response.read(_MAX_ERROR_BYTES).decode("utf-8", "replace")
    code = int(response.headers.get("X-ClickHouse-Exception-Code") or 0)
    log.info("the engine refused %s with %s: %s", question.query_id, code, message[:2000])
    return translate(code, message, question.written)


def _is_stale(connection: HTTPConnection) -> bool:
    """Whether the other side has hung up an idle connection, or said something nobody asked for."""
    try:
        connection.sock.setblocking(False)
        connection.sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except (OSError, AttributeError):
        return True
    return True


def _hang_up(connection: HTTPConnection) -> None:
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)
