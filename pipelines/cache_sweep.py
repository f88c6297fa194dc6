"""Keeps the bucket of cached responses small: answers whose lifetime is over go.

The lifetime is the caller's, between a second and a year, and stands in the first line of each object, so a sweep reads
the beginning of them all. It goes on where the last one had to stop.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import dagster as dg
import msgspec

from warehouse.object_store import NotFound, ObjectStore, StoreUnavailable

EVERY_SECONDS = 3600
_SECONDS_AT_A_TIME = 40.0
"""Dagster ends a tick after a minute."""

_BEGINNING_BYTES = 16 << 10


class _Entry(msgspec.Struct):
    """What a sweep needs to know of an answer; the gateway writes more."""

    stored_at: float
    """Unix time in seconds."""
    max_age_seconds: int


class _Line(msgspec.Struct):
    entry: _Entry


_decoder = msgspec.json.Decoder(_Line)


@dataclass(frozen=True)
class Swept:
    """What one sweep took away."""

    objects: int
    bytes: int
    last_key: str
    """Where the next one goes on; empty at the end of the bucket."""

    def __str__(self) -> str:
        rest = "; the next tick goes on" if self.last_key else ""
        return f"removed {self.objects} cached responses of {self.bytes:,} bytes{rest}"


def sweep_cache(
    cache: ObjectStore, after: str = "", now: Callable[[], float] = time.time, seconds: float = _SECONDS_AT_A_TIME
) -> Swept:
    """Removes answers that no gateway serves any more, from behind that key on."""
    deadline = time.monotonic() + seconds
    objects = size = 0
    for each in cache.list_after(after=after):
        if _is_over(cache, each.key, now()):
            cache.delete(each.key)
            objects += 1
            size += each.size
        if time.monotonic() > deadline:
            return Swept(objects, size, each.key)
    return Swept(objects, size, "")


def cache_sweep_sensor(cache: ObjectStore) -> dg.SensorDefinition:
    @dg.sensor(
        name="sweep_cached_responses",
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Removes the gateways' cached responses whose lifetime is over. It works in its tick.",
    )
    def sweeps(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        try:
            swept = sweep_cache(cache, context.cursor or "")
        except StoreUnavailable as error:
            return dg.SkipReason(f"the object store does not answer: {error}")
        context.update_cursor(swept.last_key)
        return dg.SkipReason(str(swept))

    return sweeps


def _is_over(cache: ObjectStore, key: str, now: float) -> bool:
    try:
        line, end, _ = cache.get_range(key, 0, _BEGINNING_BYTES).partition(b"\n")
        if not end:
            line = cache.get(key).partition(b"\n")[0]
        entry = _decoder.decode(line).entry
    except NotFound:
        return False
    except msgspec.MsgspecError:
        # A gateway cannot read it either.
        return True
    return now - entry.stored_at >= entry.max_age_seconds
