"""One raw segment, read from the object store and made into rows of `requests`."""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from pipelines.transforms.costs import with_costs
from pipelines.transforms.records import Rejected, parse
from pipelines.transforms.requests import model_requests
from warehouse.object_store import ObjectStore
from warehouse.rawlog.keys import day_of
from warehouse.rawlog.reader import Segment, load_segment
from warehouse.rawlog.segment import lines_of


@dataclass(frozen=True)
class SegmentRows:
    """What a segment gives."""

    key: str
    day: date
    size: int
    """Bytes of the object."""
    frame: pl.DataFrame
    """Rows of `requests`, all but loaded_at; also `request_id_given`."""
    rejected: tuple[Rejected, ...]
    duplicate_count: int
    """Rows left out because an earlier record has their id."""

    @property
    def last_completed_at(self) -> datetime | None:
        last = self.frame["completed_at"].max()
        return last if isinstance(last, datetime) else None


def read_rows(store: ObjectStore, key: str) -> SegmentRows:
    """Reads and models a segment; raises NotFound and StoreUnavailable."""
    data = store.get(key)
    segment = load_segment(data)
    modelled = model_requests(parse(lines_of(segment.ndjson)), day_of(key))
    frame = modelled.frame.pipe(with_costs).pipe(_with_place, key, segment)
    return SegmentRows(
        key, day_of(key), len(data), frame, _damage(segment) + modelled.rejected, modelled.duplicate_count
    )


def _with_place(rows: pl.DataFrame, key: str, segment: Segment) -> pl.DataFrame:
    return rows.with_columns(
        pl.lit(key).alias("segment"),
        pl.Series("frame_offset", segment.frame_offset, dtype=pl.Int64).gather(rows["line"]),
        pl.Series("frame_length", segment.frame_length, dtype=pl.Int64).gather(rows["line"]),
        pl.Series("frame_line", segment.frame_line, dtype=pl.Int64).gather(rows["line"]),
    )


def _damage(segment: Segment) -> tuple[Rejected, ...]:
    return tuple(
        Rejected(None, f"{frame.length} bytes from offset {frame.offset} cannot be read: {frame.error}")
        for frame in segment.damage
    )
