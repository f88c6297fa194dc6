"""The assets: days of raw segments, and the days of the tables that are made of them.

Live loading is the sensor's work (`sensors.py`). A run of these assets makes a day anew from the raw log: for new
prices, new columns, and what left the quarantine.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import dagster as dg

from pipelines.health import QUESTIONS, Question
from pipelines.loading.day_lease import DayTaken, LeaseLost
from pipelines.loading.loader import Loader
from pipelines.prices.asset import PRICES
from warehouse.tables import PROPERTY_EDITS, REQUESTS, SCORES, SESSIONS, USAGE_HOURLY, USERS_DAILY

RAW_SEGMENTS = dg.AssetKey("raw_segments")
REQUESTS_KEY, SCORES_KEY, PROPERTY_EDITS_KEY = (dg.AssetKey(table.name) for table in (REQUESTS, SCORES, PROPERTY_EDITS))
_SUMS = (SESSIONS, USERS_DAILY, USAGE_HOURLY)
SUM_KEYS = tuple(dg.AssetKey(table.name) for table in _SUMS)
"""What is derived from the day's requests, together."""
_FROM_RAW = frozenset({REQUESTS_KEY, SCORES_KEY, PROPERTY_EDITS_KEY})
"""What one reading of the raw log gives, and so is made anew together."""
_AGAIN_SECONDS = 30


def raw_segments(days: dg.PartitionsDefinition[str]) -> dg.AssetSpec:
    return dg.AssetSpec(
        RAW_SEGMENTS,
        partitions_def=days,
        group_name="raw_log",
        kinds={"zstd"},
        description="What gateways shipped to the object store: the source of truth. Written by them, read here.",
    )


def tables(days: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The warehouse's tables; a run of one makes its day anew, what comes from the raw log together with all others."""
    specs = [
        _spec(SCORES_KEY, [RAW_SEGMENTS], f"One row for {SCORES.grain}."),
        _spec(PROPERTY_EDITS_KEY, [RAW_SEGMENTS], f"One row for {PROPERTY_EDITS.grain}."),
        _spec(REQUESTS_KEY, [RAW_SEGMENTS, PRICES], f"One row for {REQUESTS.grain}."),
        *(_spec(dg.AssetKey(table.name), [REQUESTS_KEY], f"One row for {table.grain}.") for table in _SUMS),
    ]

    @dg.multi_asset(
        name="model_day",
        description="Makes one day anew, of those tables that are chosen.",
        specs=specs,
        partitions_def=days,
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.multi_run(1),
    )
    def model_day(
        context: dg.AssetExecutionContext, loader: dg.ResourceParam[Loader]
    ) -> Iterator[dg.MaterializeResult[None]]:
        day = date.fromisoformat(context.partition_key)
        chosen = context.selected_asset_keys
        counts: dict[str, int] = {}
        try:
            if chosen & _FROM_RAW:
                made = loader.remodel(day)
                counts = {
                    "segments": made.segment_count,
                    "rows": made.row_count,
                    "rejected": made.rejected_count,
                    "duplicates": made.duplicate_count,
                }
            else:
                loader.derive(day)
        except (DayTaken, LeaseLost) as error:
            raise dg.RetryRequested(max_retries=20, seconds_to_wait=_AGAIN_SECONDS) from error
        for spec in specs:
            if spec.key in chosen:
                yield dg.MaterializeResult(asset_key=spec.key, metadata=counts if spec.key == REQUESTS_KEY else {})

    return model_day


def checks() -> list[dg.AssetChecksDefinition]:
    """The questions of `health.py` as checks of `requests`; the sensor asks them too, every few minutes."""
    return [_check(question) for question in QUESTIONS]


def _spec(key: dg.AssetKey, upstream: Sequence[dg.AssetKey], description: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        key,
        deps=upstream,
        group_name="warehouse",
        kinds={"clickhouse", "polars"},
        description=description,
        skippable=True,
    )


def _check(question: Question) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=REQUESTS_KEY, name=question.name, description=question.meaning)
    def check(loader: dg.ResourceParam[Loader]) -> dg.AssetCheckResult:
        verdict = question.ask(loader.store, loader.days, loader.clock())
        return dg.AssetCheckResult(passed=verdict.passed, metadata=dict(verdict.numbers))

    return check
