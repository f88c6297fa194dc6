"""Reads NDJSON into a frame of a fixed schema, fast.

Arrow's reader takes a third of the CPU of polars' own and, as that does, refuses the whole of what does not fit. Bodies
are most of the bytes and no column is made of them: they are cut out before anything parses them.
"""

from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.json as pj

REFUSALS = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""What polars raises on data it cannot do with: it panics on some, and a panic is a BaseException."""

_BLOCK_BYTES = 4 << 20
"""What one thread parses at once; no line may be longer."""

_ARROW_TYPES = {
    pl.String(): pa.string(),
    pl.Int64(): pa.int64(),
    pl.Float64(): pa.float64(),
    pl.Boolean(): pa.bool_(),
}

_BODIES = tuple((f'"{side}_body":"'.encode(), f'","{side}_body_'.encode()) for side in ("request", "response"))
"""How a body begins and ends in a record as `warehouse.record.encode` writes it: its size comes next.

Within a string every quote has a backslash before it, so neither can be part of a text.
"""


def without_bodies(ndjson: bytes) -> bytes:
    """Returns the lines with empty bodies; a body that is not found where records have it is left as it is."""
    kept: list[bytes] = []
    done = position = 0
    while position < len(ndjson):
        end_of_line = ndjson.find(b"\n", position)
        if end_of_line < 0:
            end_of_line = len(ndjson)
        for beginning, end in _BODIES:
            found = ndjson.find(beginning, position, end_of_line)
            ended = ndjson.find(end, found + len(beginning), end_of_line) if found >= 0 else -1
            if ended >= 0:
                kept.append(ndjson[done : found + len(beginning)])
                done = position = ended
        position = end_of_line + 1
    kept.append(ndjson[done:])
    return b"".join(kept)


def read_ndjson(ndjson: bytes, schema: pl.Schema) -> pl.DataFrame | None:
    """Returns one row for each line, or None if one of them is not one object that fits the schema.

    Fields that are not of the schema are ignored.
    """
    line_count = ndjson.count(b"\n") + (not ndjson.endswith(b"\n"))
    if not ndjson:
        return schema.to_frame()
    # Arrow's reader crashes the process on lines of nothing but `null`.
    if ndjson.startswith(b"{") + ndjson.count(b"\n{") != line_count:
        return None
    frame = _read_with_arrow(ndjson, schema)
    if frame is None:
        frame = _read_with_polars(ndjson, schema)
    return frame if frame is not None and frame.height == line_count else None


def _read_with_arrow(ndjson: bytes, schema: pl.Schema) -> pl.DataFrame | None:
    options = pj.ParseOptions(explicit_schema=_arrow_schema(schema), unexpected_field_behavior="ignore")
    try:
        table = pj.read_json(pa.BufferReader(ndjson), pj.ReadOptions(block_size=_BLOCK_BYTES), options)
        table.validate(full=True)  # It reads text that is no UTF-8, too.
    except pa.ArrowException:
        return None
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def _read_with_polars(ndjson: bytes, schema: pl.Schema) -> pl.DataFrame | None:
    try:
        return pl.read_ndjson(ndjson, schema=schema)
    except REFUSALS:
        return None


def _arrow_schema(schema: pl.Schema) -> pa.Schema:
    return pa.schema([(name, _arrow_type(dtype)) for name, dtype in schema.items()])


def _arrow_type(dtype: Any) -> pa.DataType:
    if isinstance(dtype, pl.List):
        return pa.list_(_arrow_type(dtype.inner))
    if isinstance(dtype, pl.Struct):
        return pa.struct([(each.name, _arrow_type(each.dtype)) for each in dtype.fields])
    return _ARROW_TYPES[dtype]
