"""An answer's rows in the formats people ask for, written in pieces so that memory stays bounded.

Numbers about the answer travel in headers, and in JSON in the body too. Money stays exact: JSON carries decimals with
all their digits, Arrow and Parquet as decimals.
"""

import io
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet
from fastapi.responses import Response, StreamingResponse
from polars import selectors

from api.rows import batches, json_rows, json_texts
from hql.serving.service import Result

Format = Literal["json", "jsonl", "csv", "parquet", "arrow"]

SMALL_BYTES = 1 << 20
"""Answers up to this size are written at once: pieces cost a change of threads each."""

_FILE_BYTES_PER_PIECE = 1 << 18
_LONGEST_HEADER = 8000
_CSV_TIME = "%Y-%m-%dT%H:%M:%S%.6fZ"

_json = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True)
class Written:
    """How one format is written."""

    media_type: str
    extension: str
    write: Callable[[Result], Iterator[bytes]]


def response(result: Result, format: Format) -> Response:
    """Writes an answer; to be called in a thread, since a small one is written here and now."""
    written = WRITERS[format]
    told = headers(result)
    if format != "json":
        told["Content-Disposition"] = f'attachment; filename="hql.{written.extension}"'
    pieces = written.write(result)
    if result.table.nbytes > SMALL_BYTES:
        return StreamingResponse(pieces, headers=told, media_type=written.media_type)
    return Response(b"".join(pieces), headers=told, media_type=written.media_type)


def headers(result: Result) -> dict[str, str]:
    """What is told about an answer beside its rows."""
    columns = msgspec.json.encode([[column.name, column.type] for column in result.columns]).decode()
    told = {
        "Weir-Query-Id": result.query_id,
        "Weir-Row-Count": str(result.row_count),
        "Weir-Truncated": str(result.truncated).lower(),
        "Weir-Elapsed-Ms": f"{result.elapsed_ms:.1f}",
        "Weir-Read-Rows": str(result.read_rows),
        "Weir-Read-Bytes": str(result.read_bytes),
        "Weir-Cache": result.cache,
        "Weir-Cache-Age": f"{result.age_seconds:.0f}",
    }
    # Header values are ASCII and not endless; Arrow and Parquet hold the types themselves as well.
    if columns.isascii() and len(columns) <= _LONGEST_HEADER:
        told["Weir-Columns"] = columns
    return told


def _write_json(result: Result) -> Iterator[bytes]:
    summary = _json.encode(
        {
            "columns": [{"name": column.name, "type": column.type} for column in result.columns],
            "row_count": result.row_count,
            "truncated": result.truncated,
            "elapsed_ms": round(result.elapsed_ms, 1),
            "read_rows": result.read_rows,
            "read_bytes": result.read_bytes,
            "cache": {"state": result.cache, "age_seconds": round(result.age_seconds, 1)},
            "query_id": result.query_id,
        }
    )
    yield summary[:-1] + b',"rows":['
    before = b""
    for rows in json_rows(result.table):
        yield before + _json.encode(rows)[1:-1]
        before = b","
    yield b"]}\n"


def _write_jsonl(result: Result) -> Iterator[bytes]:
    return json_lines_of(result.table)


def _write_csv(result: Result) -> Iterator[bytes]:
    yield csv_of(result.table.schema.empty_table(), with_names=True)
    for batch in batches(result.table):
        yield csv_of(pa.table(batch), with_names=False)


def _write_parquet(result: Result) -> Iterator[bytes]:
    # A Parquet file is complete only when its footer is known, so it is written to disk first.
    with tempfile.TemporaryFile() as file:
        pyarrow.parquet.write_table(_with_types(result), file, compression="zstd")
        file.seek(0)
        while piece := file.read(_FILE_BYTES_PER_PIECE):
            yield piece


def _write_arrow(result: Result) -> Iterator[bytes]:
    table = _with_types(result)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        for batch in table.to_batches():
            writer.write_batch(batch)
            yield _taken(sink)
    yield _taken(sink)


WRITERS: dict[Format, Written] = {
    "json": Written("application/json", "json", _write_json),
    "jsonl": Written("application/x-ndjson", "jsonl", _write_jsonl),
    "csv": Written("text/csv; charset=utf-8", "csv", _write_csv),
    "parquet": Written("application/vnd.apache.parquet", "parquet", _write_parquet),
    "arrow": Written("application/vnd.apache.arrow.stream", "arrows", _write_arrow),
}


def format_for(accept: str | None) -> Format:
    """Returns the format an Accept header asks for; JSON where it names none of ours."""
    wanted = [each.partition(";")[0].strip().lower() for each in (accept or "").split(",")]
    by_type: dict[str, Format] = {written.media_type.partition(";")[0]: name for name, written in WRITERS.items()}
    return next((by_type[each] for each in wanted if each in by_type), "json")


def json_lines_of(rows: pa.Table) -> Iterator[bytes]:
    """Gives rows as JSON, one object a line."""
    return map(_json.encode_lines, json_rows(rows))


def csv_of(rows: pa.Table, *, with_names: bool) -> bytes:
    """Returns rows as CSV. Writes lists and maps as JSON text, which is the nearest that CSV can hold."""
    columns = [
        json_texts(column.combine_chunks()) if pa.types.is_nested(column.type) else column for column in rows.columns
    ]
    frame = pl.DataFrame(pa.table(columns, names=rows.column_names))
    in_utc = frame.with_columns(selectors.datetime(time_zone="*").dt.convert_time_zone("UTC"))
    return in_utc.write_csv(include_header=with_names, datetime_format=_CSV_TIME).encode()


def _with_types(result: Result) -> pa.Table:
    """Adds each column's ClickHouse type to its Arrow field."""
    fields = [
        field.with_metadata({"clickhouse_type": column.type})
        for field, column in zip(result.table.schema, result.columns, strict=True)
    ]
    return result.table.cast(pa.schema(fields))


def _taken(sink: io.BytesIO) -> bytes:
    piece = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return piece
