"""Runs compiled queries as the warehouse's read-only identity and reads their rows as Arrow."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse

import pyarrow as pa

from hql.errors import LimitReached, Refused, Unavailable
from hql.serving.arrow_types import arrow_type, is_state
from hql.serving.connections import Connections, Question
from hql.serving.engine_errors import translate
from hql.serving.late_errors import EndOfAnswer

MAX_RESULT_BYTES = 256 << 20
_READ_BYTES = 1 << 16
_JOINED_BYTES = 16 << 20
"""Blocks of an answer up to this size are made one."""


@dataclass(frozen=True)
class ResultColumn:
    """A column of an answer and its ClickHouse type."""

    name: str
    type: str


@dataclass(frozen=True)
class Answer:
    """What came back."""

    table: pa.Table
    read_rows: int
    read_bytes: int
    elapsed_ms: float


@dataclass(frozen=True)
class Rows:
    """Rows on their way, in batches of some ten thousand."""

    columns: tuple[ResultColumn, ...]
    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]


def describe(connections: Connections, question: Question) -> tuple[ResultColumn, ...]:
    """Returns the columns the answer will have, without reading rows; raises HqlError."""
    told = rows(connections, question, f"DESCRIBE TABLE ({question.sql})")
    columns = tuple(ResultColumn(str(row[0]), " ".join(str(row[1]).split())) for row in told)
    _check(columns)
    return columns


def run(connections: Connections, question: Question, columns: tuple[ResultColumn, ...]) -> Answer:
    """Returns the rows of a question whose columns are known; raises HqlError."""
    started = time.perf_counter()
    with connections.asked(question, _readable(question.sql, columns), "ArrowStream") as response:
        table = _read_table(response)
        told = json.loads(response.headers.get("X-ClickHouse-Summary") or "{}")
    _check_names(table.schema, columns)
    elapsed_ms = (time.perf_counter() - started) * 1000
    return Answer(_valid_text(table), int(told.get("read_rows", 0)), int(told.get("read_bytes", 0)), elapsed_ms)


@contextmanager
def streamed(connections: Connections, question: Question, columns: tuple[ResultColumn, ...]) -> Iterator[Rows]:
    """Gives the rows of a question as they come; raises HqlError, also while they are read."""
    with connections.asked(question, _readable(question.sql, columns), "ArrowStream") as response:
        heard = EndOfAnswer(response)
        try:
            with pa.ipc.open_stream(pa.PythonFile(heard, mode="r")) as reader:
                _check_names(reader.schema, columns)
                yield Rows(columns, reader.schema, map(_valid_batch, reader))
        except (OSError, HTTPException, pa.ArrowException):
            if (told := heard.error()) is not None:
                raise translate(*told, question.written) from None
            raise


def rows(connections: Connections, question: Question, sql: str) -> list[list[object]]:
    """Returns the rows of a small question of our own; raises HqlError."""
    with connections.asked(question, sql, "JSONCompactEachRow") as response:
        return [json.loads(line) for line in response.read().splitlines()]


def _readable(sql: str, columns: tuple[ResultColumn, ...]) -> str:
    """The query, with columns of types that Arrow does not carry cast to some that it does."""
    casts = [(_name(column.name), column.type, arrow_type(column.type)) for column in columns]
    if all(type == carried for _, type, carried in casts):
        return sql
    shown = ", ".join(
        name if type == carried else f"CAST({name}, {_text(carried)}) AS {name}" for name, type, carried in casts
    )
    return f"SELECT {shown} FROM ({sql})"  # noqa: S608 -- names and types are the engine's own, quoted


def _name(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _check(columns: tuple[ResultColumn, ...]) -> None:
    seen: set[str] = set()
    for column in columns:
        if column.name in seen:
            raise Refused(
                "duplicate_column", f"two columns are called `{column.name}`", hint="give one of them a name with AS"
            )
        if is_state(column.type):
            raise Refused(
                "unreadable_column", f"`{column.name}` is an aggregate's state", hint="write finalizeAggregation(...)"
            )
        seen.add(column.name)


def _check_names(schema: pa.Schema, columns: tuple[ResultColumn, ...]) -> None:
    if schema.names != [column.name for column in columns]:
        raise Unavailable("wrong_answer", "the warehouse answered another question; try again")


def _valid_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    table = pa.Table.from_batches([batch])
    valid = _valid_text(table)
    return batch if valid is table else valid.combine_chunks().to_batches()[0]


def _read_table(response: HTTPResponse) -> pa.Table:
    batches: list[pa.RecordBatch] = []
    size = 0
    # Read in large pieces: Arrow asks for each part of a block by itself.
    with pa.ipc.open_stream(pa.input_stream(response, buffer_size=_READ_BYTES)) as reader:
        for batch in reader:
            size += batch.nbytes
            if size > MAX_RESULT_BYTES:
                raise LimitReached("result_size", "the answer is larger than it may be", hint="name fewer columns")
            batches.append(batch)
        table = pa.Table.from_batches(batches, reader.schema)
    # The engine sends a block of each thread's few rows, and each would cost every reader anew.
    return table.combine_chunks() if size <= _JOINED_BYTES else table


def _valid_text(table: pa.Table) -> pa.Table:
    """The table with bytes that are no UTF-8 replaced, as `unhex('ff')` gives them: readers of Arrow fail on them."""
    for index, field in enumerate(table.schema):
        if field.type == pa.string():
            column = table.column(index)
            try:
                column.validate(full=True)
            except pa.ArrowInvalid:
                texts = [
                    None if value is None else value.decode("utf-8", "replace")
                    for value in column.cast(pa.binary()).to_pylist()
                ]
                table = table.set_column(index, field, pa.chunked_array([pa.array(texts, pa.string())]))
    return table
