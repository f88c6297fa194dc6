"""Turns edits of properties into rows of `property_edits`, and applies them to the properties of requests."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from pipelines.schemas import record_schema
from pipelines.transforms.records import Parsed, as_time, as_uuid, in_order, parse_kinds, without_rejected
from pipelines.transforms.requests import KEY
from warehouse import record

_SCHEMA = record_schema(record.PropertyEdit)
_REQUIRED = ("organization_id", "edit_id", "request_id", "created_at", "name")

EDIT_SCHEMA = pl.Schema(
    dict.fromkeys(KEY, pl.String())
    | {"created_at": pl.Datetime("us", "UTC"), "edit_id": pl.String(), "name": pl.String(), "value": pl.String()}
)
"""What applying an edit needs of it."""

NO_EDITS = EDIT_SCHEMA.to_frame()

PAIRS = pl.List(pl.Struct({"key": pl.String(), "value": pl.String()}))
"""How polars has the properties of a request."""


def model_edits(lines: Sequence[bytes], parsed: Parsed, day: date) -> Parsed:
    """Picks the edits out of a segment's lines; both the day and its segment are those of the request."""
    said = parse_kinds(lines, parsed, ["property_edit"], _SCHEMA)
    is_unreadable = pl.any_horizontal(pl.col(name).is_null() for name in _REQUIRED)
    typed = said.frame.with_columns(
        pl.lit(day).alias("day"), *map(as_uuid, ("organization_id", "edit_id", "request_id")), as_time("created_at")
    ).with_columns(
        pl.when(is_unreadable)
        .then(pl.lit(f"one of {', '.join(_REQUIRED)} is missing or unreadable"))
        .alias("reject_reason")
    )
    rows = without_rejected(typed)
    return Parsed(rows.frame, in_order((*said.rejected, *rows.rejected)))


def with_edits(requests: pl.DataFrame, edits: pl.DataFrame) -> pl.DataFrame:
    """Returns the rows, in their order, with `properties` as the edits leave them; the latest edit of a name holds.

    Applying edits again, or more of them in any order, comes to the same: a name's value is that of its latest edit.
    """
    latest = edits.sort("created_at", "edit_id").unique((*KEY, "name"), keep="last", maintain_order=True)
    edited = requests.select(*KEY, "properties").join(latest, on=KEY, how="semi")
    if edited.is_empty():
        return requests
    before = edited.explode("properties").drop_nulls("properties")
    kept = before.with_columns(name=pl.col("properties").struct.field("key")).join(
        latest, on=(*KEY, "name"), how="anti", maintain_order="left"
    )
    given = latest.drop_nulls("value").select(*KEY, pl.struct(key="name", value="value").alias("properties"))
    after = pl.concat([kept.select(*KEY, "properties"), given])
    made = after.group_by(KEY, maintain_order=True).agg(pl.col("properties").alias("made"))
    return (
        requests.join(edited.select(*KEY, is_edited=True), on=KEY, how="left", maintain_order="left")
        .join(made, on=KEY, how="left", maintain_order="left")
        .with_columns(
            pl.when("is_edited").then(pl.col("made").fill_null([])).otherwise("properties").alias("properties")
        )
        .drop("is_edited", "made")
    )
