"""One raw segment, read from the object store and made into rows of `requests`, `scores` and `property_edits`."""

import logging
from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl

from pipelines.transforms.costs import with_costs
from pipelines.transforms.properties import model_edits
from pipelines.transforms.records import REFUSALS, Rejected, in_order, parse
from pipelines.transforms.requests import model_requests
from pipelines.transforms.scores import model_scores
from warehouse.object_store import ObjectStore
from warehouse.rawlog.keys import day_of
from warehouse.rawlog.reader import Segment, load_segment
from warehouse.rawlog.segment import lines_of

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SegmentRows:
    """What a segment gives."""

    key: str
    day: date
    size: int
    """Bytes of the object."""
    frame: pl.DataFrame
    """Rows of `requests`, all but loaded_at; also `request_id_given`."""
    scores: pl.DataFrame
    """Rows of `scores`, all but loaded_at."""
    edits: pl.DataFrame
    """Rows of `property_edits`, all but loaded_at."""
    rejected: tuple[Rejected, ...]
    duplicate_count: int
    """Rows left out because an earlier record has their id."""

    @property
    def said_count(self) -> int:
        """Rows that say something of requests and sessions."""
        return self.scores.height + self.edits.height

    @property
    def last_completed_at(self) -> datetime | None:
        last = self.frame["completed_at"].max()
        return last if isinstance(last, datetime) else None


def read_rows(store: ObjectStore, key: str) -> SegmentRows:
    """Reads and models a segment; raises NotFound and StoreUnavailable."""
    data = store.get(key)
    segment = load_segment(data)
    lines = lines_of(segment.ndjson)
    try:
        return _modelled(key, len(data), segment, lines)
    except REFUSALS as error:
        # A mistake of ours must not hold up the segments behind this one; the day is made anew when it is mended.
        _logger.exception("segment %s goes to quarantine", key)
        refused = Rejected(None, f"its {len(lines)} lines cannot be modelled: {error}")
        nothing = _modelled(key, len(data), segment, [])
        return replace(nothing, rejected=(*nothing.rejected, refused))


def _modelled(key: str, size: int, segment: Segment, lines: list[bytes]) -> SegmentRows:
    day = day_of(key)
    parsed = parse(lines)
    requests, scores, edits = (
        model_requests(parsed, day),
        model_scores(lines, parsed, day),
        model_edits(lines, parsed, day),
    )
    return SegmentRows(
        key,
        day,
        size,
        _with_place(with_costs(requests.frame), key, segment),
        _with_place(scores.frame, key, segment),
        _with_place(edits.frame, key, segment),
        _damage(segment) + in_order((*requests.rejected, *scores.rejected, *edits.rejected)),
        requests.duplicate_count,
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
