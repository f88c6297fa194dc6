"""The engine in this process: opens connections, runs statements on them, and turns its errors into ours.

A connection serves one request or one session and is never shared: what a failed query leaves behind, and every SET,
USE and temporary table, lives and dies with it. Nothing here knows HTTP.
"""

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import chdb

from warehouse.embedded.configuration import write_configuration
from warehouse.embedded.errors import DataDirectoryTaken, EngineError, refusal
from warehouse.embedded.identity import Caller

_native: Any = chdb._chdb  # noqa: SLF001 - the wrapper above it loses errors, counts and the parser's opinion
_LOCK_FILE = "weir.lock"


@dataclass(frozen=True)
class Counts:
    """What a statement read and wrote."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.read_rows + other.read_rows,
            self.read_bytes + other.read_bytes,
            self.written_rows + other.written_rows,
            self.written_bytes + other.written_bytes,
        )


@dataclass(frozen=True)
class Block:
    """A piece of a result in its output format."""

    data: bytes
    counts: Counts


class Insertion:
    """An INSERT that takes its data in pieces and runs when it has all of them.

    They wait in a file without a name, which the engine reads and nobody finds after a crash. The engine's own way of
    taking pieces, `send_insert`, calls an insert done whose write failed, for want of room on the disk for one.
    """

    def __init__(self, connection: "Connection", directory: Path, head: bytes, settings: bytes, format: str) -> None:
        self._connection = connection
        self._file = tempfile.TemporaryFile(dir=directory)  # noqa: SIM115 - it is closed by finish or cancel
        place = b" from infile '/dev/fd/%d' compression 'none' " % self._file.fileno()
        self._sql = head + place + settings + b" format " + format.encode()

    def append(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise _no_room(error) from None

    def finish(self, parameters: Mapping[str, str]) -> Counts:
        """Runs it; raises EngineError if nothing was written."""
        try:
            self._file.seek(0)
            return self._connection.run(self._sql, "Null", parameters).counts
        except OSError as error:
            raise _no_room(error) from None
        finally:
            self._file.close()

    def cancel(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()


class Connection:
    """One connection to the engine, set up for its caller."""

    def __init__(self, handle: Any, caller: Caller, directory: Path) -> None:
        self._handle = handle
        self._directory = directory
        self.caller = caller
        self.mark = ""

    def before(self, settings: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """What a session has now: its database, and the values of the settings that one request is to change."""
        names = [_name(name) for name in settings]
        values = "".join(f", toString(getSetting('{name}'))" for name in names)
        row = json.loads(self.run(f"select currentDatabase(){values}", "JSONCompactEachRow").data)
        return row[0], dict(zip(names, row[1:], strict=True))

    def prepare(self, query_id: str, settings: Mapping[str, str], database: str | None) -> None:
        """Puts the caller's mark, limits and settings on the connection, and locks it if the caller is the reader."""
        self.mark = self.caller.mark(query_id)
        settings = {**self.caller.settings(settings), "log_comment": self.mark}
        self._set(settings)
        if database:
            self.run(f"use {quoted(database)}")
        self.run(f"set role {self.caller.user}")
        if self.caller.user == "reader":
            self.run("set readonly = 1")

    def restore(self, database: str | None, settings: Mapping[str, str], tables: Iterable[str]) -> None:
        """Undoes for a session what one of its requests brought along for itself."""
        for table in tables:
            self.run(f"drop temporary table if exists {quoted(table)}")
        if settings:
            self._set(settings)
        if database:
            self.run(f"use {quoted(database)}")

    def run(self, sql: str | bytes, format: str = "TabSeparated", parameters: Mapping[str, str] | None = None) -> Block:
        """Runs a statement and returns its whole result."""
        result = _run(self._handle.query, sql, format, params=dict(parameters or {}))
        return Block(result.bytes(), _read(result) + _written(result))

    def describe(self, query: bytes, parameters: Mapping[str, str]) -> list[tuple[str, str]]:
        """Names and types of the query's columns."""
        described = self.run(b"describe (" + query + b"\n)", "JSONCompactEachRow", parameters)
        return [(name, type) for name, type, *_ in map(json.loads, described.data.splitlines())]

    def stream(self, sql: str | bytes, format: str, parameters: Mapping[str, str]) -> Generator[Block, None, None]:
        """Runs a SELECT and yields its result piece by piece; each piece is a whole output of the format."""
        stream = _run(self._handle.send_query, sql, format, params=dict(parameters))
        ended = False
        try:
            while not ended:
                result = _run(self._handle.streaming_fetch_result, stream)
                ended = result.rows_read() == 0
                yield Block(result.bytes(), _read(result))
        except EngineError:
            ended = True
            raise
        finally:
            if not ended:
                self._handle.streaming_cancel_query(stream)

    def insert(self, head: bytes, format: str, settings: bytes = b"") -> Insertion:
        """Begins an INSERT whose data come in pieces: `head` is what stands before its SETTINGS and FORMAT."""
        return Insertion(self, self._directory, head, settings, format)

    def classify(self, sql: str | bytes) -> Mapping[str, Any]:
        """What the engine's parser says the text would do: `query_class` by name and `statement_count`."""
        classified = _run(self._handle.classify_query, sql)
        return {**classified, "query_class": classified["query_class"].name}

    def discard_leftovers(self) -> None:
        """After a failed query the next one is given its output first: asks for something and throws it away."""
        self.run("select 1", "Null")
        if self.run("select 1").data != b"1\n":
            raise EngineError(1000, "Code: 1000. DB::Exception: the connection is not clean after an error.")

    def close(self) -> None:
        self._handle.close()

    def _set(self, settings: Mapping[str, str]) -> None:
        self.run("set " + ", ".join(f"{_name(name)} = {string(value)}" for name, value in settings.items()))


class Engine:
    """The engine over one data directory, of which it is the only user."""

    def __init__(self, directory: Path, memory_bytes: int, keep_free_bytes: int = 0) -> None:
        directory = directory.resolve()
        configuration = write_configuration(directory, memory_bytes, keep_free_bytes)
        self._directory = directory
        self._lock = _take(directory)
        self._url = f"{directory}?config-file={configuration}"
        # The engine shuts down with its last connection: this one keeps it up.
        self._keeper = _native.connect(self._url)
        self.version = _run(self._keeper.query, "select version()", "TabSeparated").bytes().decode().strip()

    def connect(self, caller: Caller) -> Connection:
        return Connection(_native.connect(self._url), caller, self._directory)

    def kill(self, mark: str) -> None:
        """Asks the query of that mark to stop; does not wait for it."""
        connection = self.connect(Caller("writer"))
        try:
            connection.prepare("kill", {}, None)
            connection.run(f"kill query where Settings['log_comment'] = {string(mark)} async")
        finally:
            connection.close()

    def close(self) -> None:
        self._keeper.close()
        self._lock.close()


def _take(directory: Path) -> IO[str]:
    """Locks the directory for as long as the process lives, kill -9 included."""
    lock = (directory / _LOCK_FILE).open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        message = f"process {holder} serves {directory}: stop it, or set WEIR_DATA_DIR to another directory"
        raise DataDirectoryTaken(message) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _run(call: Any, *arguments: Any, **named: Any) -> Any:
    try:
        result = call(*arguments, **named)
    except RuntimeError as error:
        raise EngineError.from_engine(error) from None
    if hasattr(result, "has_error") and result.has_error():
        raise EngineError.from_engine(RuntimeError(result.error_message()))
    return result


def _no_room(error: OSError) -> EngineError:
    return refusal(243, "NOT_ENOUGH_SPACE", f"The data of the insert cannot be kept: {error.strerror}.")


def _read(result: Any) -> Counts:
    return Counts(read_rows=result.storage_rows_read(), read_bytes=result.storage_bytes_read())


def _written(result: Any) -> Counts:
    return Counts(written_rows=result.rows_written(), written_bytes=result.bytes_written())


def _name(name: str) -> str:
    if not (name.isascii() and name.replace("_", "a").isalnum()):
        raise EngineError(115, f"Code: 115. DB::Exception: Unknown setting {name!r}. (UNKNOWN_SETTING)")
    return name


def string(value: str) -> str:
    """The value as a literal of SQL."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def quoted(name: str) -> str:
    """The name as an identifier of SQL."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
