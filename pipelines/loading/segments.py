"""Raw segments of one day, read from the object store and made into rows of `requests`, `scores` and `property_edits`.

Small segments are read together: what a transform or an insert costs does not grow with its rows until there are
thousands. How much is in memory at once is bounded by `MOST_ROWS` and `MOST_BYTES`.
"""

import logging
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import accumulate

import polars as pl

from pipelines.transforms.costs import with_costs
from pipelines.transforms.ndjson import REFUSALS, without_bodies
from pipelines.transforms.properties import model_edits
from pipelines.transforms.records import Rejected, in_order, parse
from pipelines.transforms.requests import KEY, model_requests
from pipelines.transforms.scores import model_scores
from providers.pricing import INSTALLED, PriceBook
from warehouse.object_store import NotFound, ObjectStore
from warehouse.rawlog.keys import day_of
from warehouse.rawlog.reader import Segment, load_segment
from warehouse.rawlog.segment import lines_of

MOST_ROWS = 40_000
MOST_BYTES = 32 << 20
"""NDJSON without bodies. A single segment may be larger and is then read alone."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SegmentFacts:
    """What is known of one segment of a batch."""

    key: str
    size: int
    """Bytes of the object."""
    request_count: int
    """Its records that are requests of the day, whether or not others have their ids."""
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True)
class Batch:
    """What some segments of a day give."""

    day: date
    segments: tuple[SegmentFacts, ...]
    frame: pl.DataFrame
    """Rows of `requests`, all but loaded_at; also `request_id_given`."""
    scores: pl.DataFrame
    """Rows of `scores`, all but loaded_at."""
    edits: pl.DataFrame
    """Rows of `property_edits`, all but loaded_at."""

    @property
    def said_count(self) -> int:
        """Rows that say something of requests and sessions."""
        return self.scores.height + self.edits.height

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        """What gives no row, of all segments; each counts its own lines."""
        return tuple(rejected for each in self.segments for rejected in each.rejected)

    @property
    def duplicate_count(self) -> int:
        """Rows left out because an earlier record has their id."""
        return sum(each.request_count for each in self.segments) - self.frame.height

    def row_counts(self) -> Mapping[str, int]:
        """Rows of `requests` by segment; those without any are left out."""
        return _counts(self.frame)

    def said_counts(self) -> Mapping[str, int]:
        """Rows of `scores` and `property_edits` by segment; those without any are left out."""
        return _counts(pl.concat([self.scores.select("segment"), self.edits.select("segment")]))

    def last_completed_at(self) -> Mapping[str, datetime]:
        """When the last response of each segment was complete."""
        return dict(self.frame.group_by("segment").agg(pl.col("completed_at").max()).iter_rows())


@dataclass(frozen=True)
class _Raw:
    """A segment as it lies in the store, without the bodies."""

    key: str
    size: int
    segment: Segment
    ndjson: bytes


def read_batches(store: ObjectStore, keys: Iterable[str], book: PriceBook = INSTALLED) -> Iterator[Batch]:
    """Reads segments of one day in that order, as many at once as may be; passes over those that are gone.

    Raises StoreUnavailable.
    """
    held: list[_Raw] = []
    for key in keys:
        try:
            raw = _read(store, key)
        except NotFound:
            continue  # Deleted after it was listed.
        if held and (_rows(held) + _rows([raw]) > MOST_ROWS or _bytes(held) + len(raw.ndjson) > MOST_BYTES):
            yield _modelled(held, book)
            held = []
        held.append(raw)
    if held:
        yield _modelled(held, book)


def read_rows(store: ObjectStore, key: str) -> Batch:
    """Reads and models a segment; raises NotFound and StoreUnavailable."""
    return _modelled([_read(store, key)], INSTALLED)


def _read(store: ObjectStore, key: str) -> _Raw:
    data = store.get(key)
    segment = load_segment(data)
    ndjson = without_bodies(segment.ndjson)
    return _Raw(key, len(data), replace(segment, ndjson=b""), ndjson)


def _rows(raws: Iterable[_Raw]) -> int:
    return sum(len(raw.segment.frame_line) for raw in raws)


def _bytes(raws: Iterable[_Raw]) -> int:
    return sum(len(raw.ndjson) for raw in raws)


def _modelled(raws: Sequence[_Raw], book: PriceBook) -> Batch:
    lines = lines_of(b"".join(raw.ndjson for raw in raws))
    try:
        return _model(raws, lines, book)
    except REFUSALS as error:
        if len(raws) > 1:
            return _joined([_modelled([raw], book) for raw in raws])
        # A mistake of ours must not hold up the segments behind this one; the day is made anew when it is mended.
        _logger.exception("segment %s goes to quarantine", raws[0].key)
        nothing = _model(raws, [], book)
        refused = Rejected(None, f"its {len(lines)} lines cannot be modelled: {error}")
        (facts,) = nothing.segments
        return replace(nothing, segments=(replace(facts, rejected=(*facts.rejected, refused)),))


def _model(raws: Sequence[_Raw], lines: Sequence[bytes], book: PriceBook) -> Batch:
    day = day_of(raws[0].key)
    parsed = parse(lines)
    requests, scores, edits = (
        model_requests(parsed, day),
        model_scores(lines, parsed, day),
        model_edits(lines, parsed, day),
    )
    places = _Places(raws)
    counts = places.counts(pl.concat([requests.frame["line"], requests.duplicates]))
    rejected = places.rejected((*requests.rejected, *scores.rejected, *edits.rejected))
    return Batch(
        day,
        tuple(
            SegmentFacts(raw.key, raw.size, counts.get(number, 0), _damage(raw.segment) + in_order(rejected[number]))
            for number, raw in enumerate(raws)
        ),
        places.added(with_costs(requests.frame, book)),
        places.added(scores.frame),
        places.added(edits.frame),
    )


class _Places:
    """Where the lines of several segments lie, counted through."""

    def __init__(self, raws: Sequence[_Raw]) -> None:
        self._keys = pl.Series("segment", [raw.key for raw in raws], dtype=pl.String)
        line_counts = [len(raw.segment.frame_line) for raw in raws]
        self._ends = list(accumulate(line_counts))
        numbers = array("I")
        for number, count in enumerate(line_counts):
            numbers.extend(array("I", [number]) * count)
        self._segment = pl.Series("number", numbers, dtype=pl.UInt32)
        self._columns = {
            name: pl.concat([pl.Series(name, getattr(raw.segment, name), dtype=pl.Int64) for raw in raws])
            for name in ("frame_offset", "frame_length", "frame_line")
        }

    def added(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Returns the rows with key and place of the lines that they are made of."""
        lines = rows["line"]
        return rows.with_columns(
            self._keys.gather(self._segment.gather(lines)),
            *(column.gather(lines) for column in self._columns.values()),
        )

    def counts(self, lines: pl.Series) -> dict[int, int]:
        """Returns how many of the lines each segment has, by its number; those that have none are left out."""
        return dict(self._segment.gather(lines).value_counts().iter_rows())

    def rejected(self, rejected: Iterable[Rejected]) -> list[list[Rejected]]:
        """Returns the rejects of each segment, with lines counted within it."""
        found: list[list[Rejected]] = [[] for _ in self._ends]
        for each in rejected:
            assert each.line is not None
            number = bisect_right(self._ends, each.line)
            found[number].append(Rejected(each.line - (self._ends[number - 1] if number else 0), each.reason))
        return found


def _joined(batches: Sequence[Batch]) -> Batch:
    frames = pl.concat([batch.frame for batch in batches])
    return Batch(
        batches[0].day,
        tuple(facts for batch in batches for facts in batch.segments),
        frames.unique(KEY, keep="first", maintain_order=True),
        pl.concat([batch.scores for batch in batches]),
        pl.concat([batch.edits for batch in batches]),
    )


def _counts(rows: pl.DataFrame) -> dict[str, int]:
    return dict(rows["segment"].value_counts().iter_rows())


def _damage(segment: Segment) -> tuple[Rejected, ...]:
    return tuple(
        Rejected(None, f"{frame.length} bytes from offset {frame.offset} cannot be read: {frame.error}")
        for frame in segment.damage
    )
