"""Keeps the bucket of results small: answers that nobody is served any more go, then the oldest of who keeps too much.

Answers lie under `<organization>/answers/`, exports under `<organization>/exports/`. An answer can be computed again,
so it may go at any time; an export stays as long as its job is told of.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

import dagster as dg

from control.query_jobs import KEPT_FOR
from warehouse.object_store import ObjectInfo, ObjectStore, StoreUnavailable

ANSWERS_KEPT_FOR = timedelta(hours=1)
"""HQL serves nothing older."""

EVERY_SECONDS = 600
_SECONDS_AT_A_TIME = 40.0
"""Dagster ends a tick after a minute; the next one goes on."""


@dataclass(frozen=True)
class Swept:
    """What one sweep took away."""

    objects: int
    bytes: int
    is_complete: bool
    """Whether it came to the end of the bucket."""

    def __str__(self) -> str:
        rest = "" if self.is_complete else "; the next tick goes on"
        return f"removed {self.objects} results of {self.bytes:,} bytes{rest}"


def sweep(
    results: ObjectStore,
    max_answer_bytes: int,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    seconds: float = _SECONDS_AT_A_TIME,
) -> Swept:
    """Removes results that are too old, and the oldest answers of each organization that has more bytes of them."""
    deadline = time.monotonic() + seconds
    objects = size = 0
    for each in _superfluous(results, max_answer_bytes, now()):
        if time.monotonic() > deadline:
            return Swept(objects, size, is_complete=False)
        results.delete(each.key)
        objects += 1
        size += each.size
    return Swept(objects, size, is_complete=True)


def sweep_sensor(results: ObjectStore, max_answer_bytes: int) -> dg.SensorDefinition:
    @dg.sensor(
        name="sweep_results",
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Removes old answers and exports of HQL. It works in its tick: a run would wait behind backfills.",
    )
    def sweeps(_: dg.SensorEvaluationContext) -> dg.SkipReason:
        try:
            return dg.SkipReason(str(sweep(results, max_answer_bytes)))
        except StoreUnavailable as error:
            return dg.SkipReason(f"the object store does not answer: {error}")

    return sweeps


def _superfluous(results: ObjectStore, max_answer_bytes: int, now: datetime) -> Iterator[ObjectInfo]:
    """Keys come in order, so one organization's answers come one after another."""
    for (_, kind), found in groupby(results.list_after(), lambda each: tuple(each.key.split("/")[:2])):
        kept_for = KEPT_FOR if kind == "exports" else ANSWERS_KEPT_FOR
        young: list[ObjectInfo] = []
        for each in found:
            if each.modified_at < now - kept_for:
                yield each
            elif kind == "answers":
                young.append(each)
        too_much = sum(each.size for each in young) - max_answer_bytes
        for each in sorted(young, key=lambda each: each.modified_at):
            if too_much <= 0:
                break
            too_much -= each.size
            yield each
