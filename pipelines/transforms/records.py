"""Reads the lines of a segment into frames, and sets aside those that are no records."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import msgspec
import polars as pl

from pipelines.schemas import record_schema
from pipelines.transforms.ndjson import read_ndjson
from warehouse import record

SAID_KINDS = ("score", "feedback", "property_edit")
"""Kinds of records that say something of a request or session, and are no request themselves."""

_EXCHANGES = record_schema(record.Exchange)
_UUID = r"^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$"


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
    """One row for each record, and `line`: which line of the segment it is."""
    rejected: tuple[Rejected, ...] = ()


def in_order(rejected: Iterable[Rejected]) -> tuple[Rejected, ...]:
    return tuple(sorted(rejected, key=lambda each: -1 if each.line is None else each.line))


def parse(lines: Sequence[bytes], schema: pl.Schema = _EXCHANGES) -> Parsed:
    """Reads all lines at once; one bad line fails the whole reading, and then they are read one by one.

    Records of every kind are read as if they were of the schema's; `kind` tells what they are.
    """
    frame = _read(lines, schema)
    if frame is not None:
        return Parsed(_numbered(frame, range(len(lines))))
    return _parse_line_by_line(lines, schema)


def parse_kinds(lines: Sequence[bytes], parsed: Parsed, kinds: Collection[str], schema: pl.Schema) -> Parsed:
    """Reads again those of the parsed lines that are of these kinds, with the schema that is theirs."""
    numbers = parsed.frame.filter(pl.col("kind").is_in(list(kinds)))["line"]
    chosen = parse([lines[number] for number in numbers], schema)
    return Parsed(
        chosen.frame.with_columns(numbers.gather(chosen.frame["line"])),
        tuple(Rejected(None if each.line is None else numbers[each.line], each.reason) for each in chosen.rejected),
    )


def as_uuid(name: str) -> pl.Expr:
    """The column's ids in lower case; NULL where it is none."""
    return pl.col(name).str.to_lowercase().str.extract(_UUID)


def as_time(name: str) -> pl.Expr:
    """The column's moments in UTC; NULL where it is none."""
    return pl.col(name).str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)


def without_rejected(records: pl.DataFrame) -> Parsed:
    """Sets those records aside that have a `reject_reason`."""
    refused = records.filter(pl.col("reject_reason").is_not_null()).select("line", "reject_reason")
    rows = records.filter(pl.col("reject_reason").is_null()).drop("reject_reason")
    return Parsed(rows, tuple(Rejected(line, reason) for line, reason in refused.iter_rows()))


def _parse_line_by_line(lines: Sequence[bytes], schema: pl.Schema) -> Parsed:
    good: list[int] = []
    rejected: list[Rejected] = []
    for number, line in enumerate(lines):
        reason = _reason_to_reject(line)
        if reason is None:
            good.append(number)
        else:
            rejected.append(Rejected(number, reason))
    frames = list(_read_halves(lines, good, rejected, schema))
    return Parsed(
        pl.concat(frames) if frames else _numbered(schema.to_frame(), []),
        in_order(rejected),
    )


def _reason_to_reject(line: bytes) -> str | None:
    try:
        record.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return str(error)
    return None


def _read_halves(
    lines: Sequence[bytes], numbers: list[int], rejected: list[Rejected], schema: pl.Schema
) -> Iterable[pl.DataFrame]:
    """Halves what polars refuses although it is a record, until the refused lines stand alone."""
    if not numbers:
        return
    frame = _read([lines[number] for number in numbers], schema)
    if frame is not None:
        yield _numbered(frame, numbers)
    elif len(numbers) == 1:
        rejected.append(Rejected(numbers[0], "a value is out of the range of its column"))
    else:
        middle = len(numbers) // 2
        yield from _read_halves(lines, numbers[:middle], rejected, schema)
        yield from _read_halves(lines, numbers[middle:], rejected, schema)


def _read(lines: Sequence[bytes], schema: pl.Schema) -> pl.DataFrame | None:
    """Returns one row for each line, or None if one of them cannot be read."""
    frame = read_ndjson(b"\n".join(lines), schema)
    return frame if frame is not None and frame.height == len(lines) else None


def _numbered(frame: pl.DataFrame, numbers: Iterable[int]) -> pl.DataFrame:
    return frame.with_columns(pl.Series("line", list(numbers), dtype=pl.UInt32))
