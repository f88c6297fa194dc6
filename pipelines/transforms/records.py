"""Reads the lines of a segment into a frame, and sets aside those that are no records."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
import polars as pl

from pipelines.schemas import record_schema
from warehouse import record

_SCHEMA = record_schema()
REFUSALS = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""What polars raises on data it cannot do with: it panics on some, and a panic is a BaseException."""


@dataclass(frozen=True)
class Rejected:
    """What gives no row, and why."""

    line: int | None
    """Which readable line of the segment, counted from 0; None for a stretch that has no readable lines."""
    reason: str


@dataclass(frozen=True)
class Parsed:
    """The records of a segment."""

    frame: pl.DataFrame
    """One row for each record with the types of `record_schema`, and `line`: which line of the segment it is."""
    rejected: tuple[Rejected, ...] = ()


def in_order(rejected: Iterable[Rejected]) -> tuple[Rejected, ...]:
    return tuple(sorted(rejected, key=lambda each: -1 if each.line is None else each.line))


def parse(lines: Sequence[bytes]) -> Parsed:
    """Reads all lines at once; one bad line fails the whole reading, and then they are read one by one."""
    frame = _read(lines)
    if frame is not None:
        return Parsed(_numbered(frame, range(len(lines))))
    return _parse_line_by_line(lines)


def _parse_line_by_line(lines: Sequence[bytes]) -> Parsed:
    good: list[int] = []
    rejected: list[Rejected] = []
    for number, line in enumerate(lines):
        reason = _reason_to_reject(line)
        if reason is None:
            good.append(number)
        else:
            rejected.append(Rejected(number, reason))
    frames = list(_read_halves(lines, good, rejected))
    return Parsed(
        pl.concat(frames) if frames else _numbered(_SCHEMA.to_frame(), []),
        in_order(rejected),
    )


def _reason_to_reject(line: bytes) -> str | None:
    try:
        record.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return str(error)
    return None


def _read_halves(lines: Sequence[bytes], numbers: list[int], rejected: list[Rejected]) -> Iterable[pl.DataFrame]:
    """Halves what polars refuses although it is a record, until the refused lines stand alone."""
    if not numbers:
        return
    frame = _read([lines[number] for number in numbers])
    if frame is not None:
        yield _numbered(frame, numbers)
    elif len(numbers) == 1:
        rejected.append(Rejected(numbers[0], "a value is out of the range of its column"))
    else:
        middle = len(numbers) // 2
        yield from _read_halves(lines, numbers[:middle], rejected)
        yield from _read_halves(lines, numbers[middle:], rejected)


def _read(lines: Sequence[bytes]) -> pl.DataFrame | None:
    """Returns one row for each line, or None if polars cannot."""
    if not lines:
        return _SCHEMA.to_frame()
    try:
        frame = pl.read_ndjson(b"\n".join(lines), schema=_SCHEMA)
    except REFUSALS:
        return None
    return frame if frame.height == len(lines) else None


def _numbered(frame: pl.DataFrame, numbers: Iterable[int]) -> pl.DataFrame:
    return frame.with_columns(pl.Series("line", list(numbers), dtype=pl.UInt32))
