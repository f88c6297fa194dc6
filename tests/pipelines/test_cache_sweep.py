from pathlib import Path
from uuid import UUID

import dagster as dg
import pytest

from gateway.cache.entry import Entry, Origin, encode_entry
from pipelines.cache_sweep import Swept, cache_sweep_sensor, sweep_cache
from providers.facts import ResponseFacts
from warehouse.object_store import ObjectStore, open_object_store

NOW = 1_800_000_000.0
BODY = b"x" * 20_000


@pytest.fixture
def cache(tmp_path: Path) -> ObjectStore:
    store = open_object_store(tmp_path.as_uri(), "response-cache")
    store.ensure_bucket()
    return store


def put(cache: ObjectStore, key: str, *, age: float, lives: int, header: str = "text/plain") -> None:
    origin = Origin(request_id=UUID(int=1), provider="demo", hostname="demo", path="/", latency_ms=1.0)
    entry = Entry(
        origin=origin,
        stored_at=NOW - age,
        max_age_seconds=lives,
        headers=[("content-type", header)],
        facts=ResponseFacts(),
        is_stream=False,
        body=BODY,
    )
    cache.put(key, encode_entry(key, entry))


def keys(cache: ObjectStore) -> list[str]:
    return [each.key for each in cache.list_after()]


def test_answers_go_when_their_lifetime_is_over(cache: ObjectStore):
    put(cache, "a/0/1/0", age=60, lives=60)
    put(cache, "a/0/1/1", age=60, lives=61)
    put(cache, "a/0/2/0", age=60, lives=60, header="x" * 20_000)
    put(cache, "b/0/1/0", age=-5, lives=1)
    cache.put("b/0/1/1", b"damaged")
    swept = sweep_cache(cache, now=lambda: NOW)
    assert (swept.objects, swept.last_key) == (3, "")
    assert keys(cache) == ["a/0/1/1", "b/0/1/0"]


def test_a_sweep_that_takes_too_long_goes_on_behind_where_it_stopped(cache: ObjectStore):
    put(cache, "a/0/1/0", age=0, lives=60)
    put(cache, "a/0/1/1", age=60, lives=60)
    stopped = sweep_cache(cache, now=lambda: NOW, seconds=-1)
    assert stopped == Swept(0, 0, "a/0/1/0")
    assert sweep_cache(cache, stopped.last_key, now=lambda: NOW, seconds=-1).objects == 1
    assert keys(cache) == ["a/0/1/0"]


def test_the_sensor_goes_on_and_outlives_a_store_that_is_away(cache: ObjectStore):
    cache.put("a/0/1/0", b"damaged")
    cache.put("b/0/1/0", b"damaged")
    context = dg.build_sensor_context(cursor="a/0/1/0")
    told = cache_sweep_sensor(cache)(context)
    assert isinstance(told, dg.SkipReason)
    assert told.skip_message == "removed 1 cached responses of 7 bytes"
    assert (keys(cache), context.cursor) == (["a/0/1/0"], "")
    away = open_object_store("s3://?endpoint=http://127.0.0.1:9&region=us-east-1&timeout_seconds=1", "response-cache")
    told = cache_sweep_sensor(away)(dg.build_sensor_context())
    assert isinstance(told, dg.SkipReason)
    assert "does not answer" in str(told.skip_message)
