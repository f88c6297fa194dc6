"""Questions whose answers tell whether the tables can be trusted; each says what a failure means for a reader."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ulid import ULID

from pipelines.loading import quarantine
from pipelines.loading.days import Days
from warehouse.object_store import ObjectStore
from warehouse.rawlog.keys import day_prefix

MOST_LAG_MS = 10_000
MOST_UNPRICED_SHARE = 0.05
MOST_UNKNOWN_USAGE_SHARE = 0.05
SHIPPED_AFTER = timedelta(minutes=5)
"""A segment older than this that is not loaded is not on its way but forgotten."""


@dataclass(frozen=True)
class Verdict:
    """One answer, with the numbers it rests on."""

    passed: bool
    numbers: dict[str, float]


@dataclass(frozen=True)
class Question:
    """What is asked of `requests`, and what it means when the answer is no."""

    name: str
    meaning: str
    ask: Callable[[ObjectStore, Days, datetime], Verdict]


def _is_fresh(store: ObjectStore, days: Days, now: datetime) -> Verdict:
    ((segments, p95),) = days.ask("recent_lag", since=now - timedelta(hours=1))
    lag_ms = p95 if segments else 0.0
    return Verdict(lag_ms <= MOST_LAG_MS, {"segments": segments, "p95_lag_ms": round(lag_ms, 1)})


def _has_no_duplicates(store: ObjectStore, days: Days, now: datetime) -> Verdict:
    ((ids,),) = days.ask("duplicate_ids", since=now - timedelta(days=2))
    return Verdict(ids == 0, {"duplicate_ids": ids})


def _has_all_that_landed(store: ObjectStore, days: Days, now: datetime) -> Verdict:
    missing = different = 0
    for day in (now.date() - timedelta(days=1), now.date()):
        prefix = day_prefix(day)
        newest = prefix + str(ULID.from_datetime(now - SHIPPED_AFTER))[:10]
        landed = {found.key for found in store.list_after(prefix) if found.key < newest}
        missing += len(landed - days.held(day).segments - days.segments_without_rows(day))
        ((count,),) = days.ask("journal_difference", day=day)
        different += count
    return Verdict(missing + different == 0, {"missing_segments": missing, "segments_with_other_row_counts": different})


def _is_priced(store: ObjectStore, days: Days, now: datetime) -> Verdict:
    ((with_usage, unpriced),) = days.ask("unpriced", since=now - timedelta(days=1))
    share = unpriced / with_usage if with_usage else 0.0
    named = days.ask("unpriced_models", since=now - timedelta(days=1)) if unpriced else ()
    numbers = {"unpriced": unpriced, "share": round(share, 4)}
    return Verdict(share <= MOST_UNPRICED_SHARE, numbers | {str(name): int(count) for name, count in named})


def _has_usage(store: ObjectStore, days: Days, now: datetime) -> Verdict:
    ((calls, without_usage),) = days.ask("unknown_usage", since=now - timedelta(days=1))
    share = without_usage / calls if calls else 0.0
    return Verdict(share <= MOST_UNKNOWN_USAGE_SHARE, {"without_usage": without_usage, "share": round(share, 4)})


def _has_nothing_in_quarantine(store: ObjectStore, days: Days, now: datetime) -> Verdict:
    of_segments = [quarantine.day_of(found.key) for found in store.list_after(quarantine.PREFIX)]
    return Verdict(not of_segments, {"segments": len(of_segments), "days": len(set(of_segments))})


def _has_no_future(store: ObjectStore, days: Days, now: datetime) -> Verdict:
    ((rows,),) = days.ask("future_times", until=now + timedelta(minutes=5))
    return Verdict(rows == 0, {"rows": rows})


QUESTIONS = (
    Question(
        "fresh",
        "If it fails, the last minutes of every chart are missing calls that have ended: the loader is behind, or the "
        "object store or the warehouse is slow.",
        _is_fresh,
    ),
    Question(
        "no_duplicate_ids",
        "If it fails, some calls of the last two days are counted twice, in sums and in costs. Make the day anew.",
        _has_no_duplicates,
    ),
    Question(
        "all_that_landed",
        "If it fails, segments older than five minutes are not in the table, or not with the rows they gave: numbers "
        "of today and yesterday are too small. Look at the sensor's last ticks, then make the day anew.",
        _has_all_that_landed,
    ),
    Question(
        "priced",
        "If it fails, more than one in twenty of the last day's calls with known usage has no cost, so sums of money "
        "are too small: a model is missing in the price list. Add it to the overrides and make the days anew.",
        _is_priced,
    ),
    Question(
        "usage_known",
        "If it fails, more than one in twenty of the last day's answered calls has no token counts, so sums of tokens "
        "and money are too small: a provider stopped to report usage, or reports it in a shape we do not read.",
        _has_usage,
    ),
    Question(
        "nothing_in_quarantine",
        "If it fails, lines of the raw log could not be made rows, and numbers of their days are too small. Objects "
        "under quarantine/v1/ say which and why; once that is mended, the job quarantine_replay makes the days anew.",
        _has_nothing_in_quarantine,
    ),
    Question(
        "no_future_times",
        "If it fails, rows claim to be created later than now, and charts up to now leave them out: the clock of a "
        "gateway, or of whoever sends logs, is ahead.",
        _has_no_future,
    ),
)
