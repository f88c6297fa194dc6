"""An answer's rows as Python objects and as JSON, a few thousand at a time.

Polars turns columns into lists ten times faster than Arrow does; what it would show differently is left to Arrow.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import polars as pl
import pyarrow as pa

ROWS_PER_PIECE = 2000

_json = msgspec.json.Encoder(decimal_format="number")


def batches(table: pa.Table) -> Iterable[pa.RecordBatch]:
    """Cuts a table into pieces, none of them empty."""
    return (batch for batch in table.to_batches(max_chunksize=ROWS_PER_PIECE) if batch.num_rows)


def first_row(table: pa.Table) -> dict[str, Any] | None:
    """Returns the first row with decimals as they are, or None if there is none."""
    found: list[dict[str, Any]] = table.slice(0, 1).to_pylist(maps_as_pydicts="lossy")
    return found[0] if found else None


def json_rows(table: pa.Table) -> Iterator[list[dict[str, Any]]]:
    """Yields pieces of rows, ready to be encoded as JSON objects."""
    names = table.column_names
    for batch in batches(table):
        columns = [_values(column) for column in batch.columns]
        yield [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def json_texts(column: pa.Array) -> pa.Array:
    """Writes each value of a nested column as JSON text."""
    texts = [None if value is None else _json.encode(value).decode() for value in _values(column)]
    return pa.array(texts, pa.string())


def _values(column: pa.Array) -> list[Any]:
    kind = column.type
    if pa.types.is_decimal(kind):
        return _numbers(column)
    if _is_plain(kind):
        return pl.Series(column).to_list()
    return list(column.to_pylist(maps_as_pydicts="lossy"))


def _is_plain(kind: pa.DataType) -> bool:
    """Whether Polars shows values of the type as we do."""
    if pa.types.is_list(kind):
        return _is_flat(kind.value_type)
    if pa.types.is_map(kind):
        return _is_flat(kind.key_type) and _is_flat(kind.item_type)
    return _is_flat(kind)


def _is_flat(kind: pa.DataType) -> bool:
    return not pa.types.is_nested(kind) and not pa.types.is_decimal(kind)


def _numbers(column: pa.Array) -> list[msgspec.Raw | None]:
    """Decimals as JSON numbers with all their digits, and no zeros after the last one that counts."""
    texts = pl.Series(column).cast(pl.String)
    if column.type.scale > 0:
        texts = texts.str.strip_chars_end("0").str.strip_chars_end(".")
    return [None if text is None else msgspec.Raw(text.encode()) for text in texts]
