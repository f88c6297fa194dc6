"""An answer's rows as Python objects and as JSON, a few thousand at a time.

Polars turns columns into lists ten times faster than Arrow does; what it would show differently is left to Arrow.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Any

import msgspec
import polars as pl
import pyarrow as pa

ROWS_PER_PIECE = 2000

_ITSELF = pl.col("")

_json = msgspec.json.Encoder(decimal_format="number")


def batches(table: pa.Table) -> Iterable[pa.RecordBatch]:
    """Cuts a table into pieces, none of them empty."""
    return (batch for batch in table.to_batches(max_chunksize=ROWS_PER_PIECE) if batch.num_rows)


def first_row(table: pa.Table) -> dict[str, Any] | None:
    """Returns the first row with decimals as they are, or None if there is none."""
    found: list[dict[str, Any]] = table.slice(0, 1).to_pylist(maps_as_pydicts="lossy")
    return found[0] if found else None


def json_rows(table: pa.Table) -> Iterator[list[Any]]:
    """Yields pieces of rows, ready to be encoded as JSON objects."""
    row_of = _row_of(table.column_names)
    for batch in batches(table):
        yield list(map(row_of, *(_values(column) for column in batch.columns)))


def _row_of(names: Sequence[str]) -> Callable[..., Any]:
    """Returns what makes a row of its values."""
    fields = [f"value_{number}" for number in range(len(names))]
    try:
        # Made and encoded in a third of the time that dicts take.
        return msgspec.defstruct("Row", fields, rename=dict(zip(fields, names, strict=True)), gc=False)
    except ValueError:
        # Names with quotes, as `concat('"', model)` has one, can be dicts' alone.
        return lambda *values: dict(zip(names, values, strict=True))


def json_texts(column: pa.Array) -> pa.Array:
    """Writes each value of a nested column as JSON text."""
    texts = [None if value is None else _json.encode(value).decode() for value in _values(column)]
    return pa.array(texts, pa.string())


def _values(column: pa.Array) -> list[Any]:
    kind = column.type
    if pa.types.is_decimal(kind):
        return _numbers(column)
    if pa.types.is_timestamp(kind):
        return _times(column)
    if pa.types.is_map(kind) and _is_flat(kind.key_type) and _is_flat(kind.item_type) and not column.null_count:
        return _maps(column)
    if _is_flat(kind.value_type if pa.types.is_list(kind) else kind):
        return pl.Series(column).to_list()
    return list(column.to_pylist(maps_as_pydicts="lossy"))


def _is_flat(kind: pa.DataType) -> bool:
    """Whether Polars shows values of the type as we do."""
    return not pa.types.is_nested(kind) and not pa.types.is_decimal(kind)


def _maps(column: pa.MapArray) -> list[dict[Any, Any]]:
    """Maps, of which none is null."""
    ends = column.offsets.to_pylist()
    held = slice(ends[0], ends[-1])
    entries = zip(pl.Series(column.keys[held]).to_list(), pl.Series(column.items[held]).to_list(), strict=True)
    return [dict(islice(entries, end - start)) for start, end in pairwise(ends)]


def _numbers(column: pa.Array) -> list[msgspec.Raw]:
    """Decimals as JSON numbers with all their digits, and no zeros after the last one that counts."""
    text = _ITSELF.cast(pl.String)
    if column.type.scale > 0:
        text = text.str.strip_chars_end("0").str.strip_chars_end(".")
    return list(map(msgspec.Raw, _told(column, text.fill_null("null").cast(pl.Binary))))


def _times(column: pa.Array) -> list[str | None]:
    """Times as RFC 3339 writes them, in UTC where a zone is known, and without a fraction where there is none."""
    zone = "Z" if column.type.tz else ""
    utc = _ITSELF.dt.convert_time_zone("UTC") if zone else _ITSELF
    return _told(
        column, utc.dt.strftime(f"%Y-%m-%dT%H:%M:%S%.6f{zone}").str.replace(f".000000{zone}", zone, literal=True)
    )


def _told(column: pa.Array, expression: pl.Expr) -> list[Any]:
    return pl.Series("", column).to_frame().select(expression).to_series().to_list()
