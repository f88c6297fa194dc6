"""The polars types of what lands and of what is queried, derived from their two definitions."""

import re
import types
from datetime import datetime
from decimal import Decimal
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
import polars as pl

from warehouse.tables import Table

NOT_READ = frozenset({"request_body", "response_body", "request_headers", "response_headers", "warnings"})
"""What the pipelines leave in the raw log: it is most of the bytes, and no column is made of it."""

_WRAPPED = re.compile(r"(?:LowCardinality|Nullable)\((.+)\)")
_TYPES: dict[str, pl.DataType] = {
    "UUID": pl.String(),
    "String": pl.String(),
    "Bool": pl.Boolean(),
    "UInt8": pl.UInt8(),
    "UInt16": pl.UInt16(),
    "UInt32": pl.UInt32(),
    "UInt64": pl.UInt64(),
    "Float32": pl.Float32(),
    "Float64": pl.Float64(),
    "Date": pl.Date(),
    "DateTime('UTC')": pl.Datetime("ms", "UTC"),
    "DateTime64(6, 'UTC')": pl.Datetime("us", "UTC"),
}


def table_schema(table: Table) -> pl.Schema:
    """The stored columns of a table, in order. A map is a list of structs with `key` and `value`."""
    return pl.Schema({column.name: _table_type(column.type) for column in table.stored})


def conform(frame: pl.LazyFrame, schema: pl.Schema) -> pl.LazyFrame:
    """Selects the schema's columns in its order and casts them; a value that does not fit becomes NULL."""
    return frame.select(pl.col(name).cast(dtype, strict=False) for name, dtype in schema.items())


def record_schema(*kinds: type[msgspec.Struct]) -> pl.Schema:
    """How polars reads lines of the raw log that are of these kinds; a field that several have is one column.

    Ids, times and money are read as text and cast afterwards, so that one odd value costs its row and not its file.
    Integers are all 64 bits wide: the reader panics on narrower ones.
    """
    columns: dict[str, pl.DataType] = {"kind": pl.String()}
    for kind in kinds:
        hints = get_type_hints(kind)
        columns |= {name: _record_type(hints[name]) for name in kind.__struct_fields__ if name not in NOT_READ}
    return pl.Schema(columns)


def _table_type(name: str) -> pl.DataType:
    if wrapped := _WRAPPED.fullmatch(name):
        return _table_type(wrapped[1])
    if name in _TYPES:
        return _TYPES[name]
    if array := re.fullmatch(r"Array\((.+)\)", name):
        return pl.List(_table_type(array[1]))
    if mapping := re.fullmatch(r"Map\((.+), (\w+)\)", name):
        return pl.List(pl.Struct({"key": _table_type(mapping[1]), "value": _table_type(mapping[2])}))
    if decimal := re.fullmatch(r"Decimal\((\d+), (\d+)\)", name):
        return pl.Decimal(int(decimal[1]), int(decimal[2]))
    raise TypeError(f"no polars type is known for the ClickHouse type {name}; add it to pipelines/schemas.py")


def _record_type(hint: Any) -> pl.DataType:
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (each for each in get_args(hint) if each is not types.NoneType)
    if get_origin(hint) is list:
        return pl.List(_record_type(get_args(hint)[0]))
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return pl.Struct({name: _record_type(each) for name, each in get_type_hints(hint).items()})
    if hint is bool:
        return pl.Boolean()
    if hint is int:
        return pl.Int64()
    if hint is float:
        return pl.Float64()
    if hint in (str, UUID, datetime, Decimal) or all(isinstance(each, str) for each in get_args(hint)):
        return pl.String()
    raise TypeError(f"no polars type is known for the record type {hint}; add it to pipelines/schemas.py")
