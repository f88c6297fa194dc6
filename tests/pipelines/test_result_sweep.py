import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from control.query_jobs import KEPT_FOR
from hql.serving.cache import MAX_AGE_SECONDS
from pipelines.result_sweep import ANSWERS_KEPT_FOR, Swept, sweep, sweep_sensor
from warehouse.object_store import ObjectStore, open_object_store

NOW = datetime.now(UTC)
NO_BOUND = 1 << 40


@pytest.fixture
def results(tmp_path: Path) -> ObjectStore:
    store = open_object_store(tmp_path.as_uri(), "hql-store")
    store.ensure_bucket()
    return store


def put(results: ObjectStore, tmp_path: Path, key: str, age: timedelta, size: int = 10) -> None:
    results.put(key, b"x" * size)
    moment = (NOW - age).timestamp()
    os.utime(tmp_path / "hql-store" / key, (moment, moment))


def keys(results: ObjectStore) -> list[str]:
    return [each.key for each in results.list_after()]


def test_what_is_too_old_goes(results: ObjectStore, tmp_path: Path):
    for organization in ("a", "b"):
        put(results, tmp_path, f"{organization}/answers/1/old.arrow", timedelta(minutes=61))
        put(results, tmp_path, f"{organization}/answers/1/young.arrow", timedelta(minutes=59))
        put(results, tmp_path, f"{organization}/exports/old.csv", KEPT_FOR + timedelta(minutes=1))
        put(results, tmp_path, f"{organization}/exports/young.csv", KEPT_FOR - timedelta(minutes=1))
    assert sweep(results, NO_BOUND, lambda: NOW) == Swept(4, 40, is_complete=True)
    assert keys(results) == [
        f"{organization}/{kept}" for organization in "ab" for kept in ("answers/1/young.arrow", "exports/young.csv")
    ]


def test_the_oldest_answers_go_of_who_keeps_too_much(results: ObjectStore, tmp_path: Path):
    for minutes in range(5):
        put(results, tmp_path, f"much/answers/{minutes}/1.arrow", timedelta(minutes=minutes), size=100)
    put(results, tmp_path, "little/answers/1/1.arrow", timedelta(minutes=50), size=100)
    put(results, tmp_path, "much/exports/large.csv", timedelta(minutes=1), size=10_000)
    assert sweep(results, 250, lambda: NOW) == Swept(3, 300, is_complete=True)
    assert keys(results) == [
        "little/answers/1/1.arrow",
        "much/answers/0/1.arrow",
        "much/answers/1/1.arrow",
        "much/exports/large.csv",
    ]


def test_a_sweep_that_takes_too_long_goes_on_at_the_next_tick(results: ObjectStore, tmp_path: Path):
    put(results, tmp_path, "a/answers/1/1.arrow", timedelta(hours=2))
    assert not sweep(results, NO_BOUND, lambda: NOW, seconds=-1).is_complete
    assert sweep(results, NO_BOUND, lambda: NOW).is_complete
    assert keys(results) == []


def test_answers_go_when_hql_serves_them_no_longer():
    assert ANSWERS_KEPT_FOR.total_seconds() == MAX_AGE_SECONDS


def test_the_sensor_sweeps_in_its_tick_and_outlives_a_store_that_is_away(results: ObjectStore, tmp_path: Path):
    put(results, tmp_path, "a/answers/1/1.arrow", timedelta(hours=2))
    told = sweep_sensor(results, NO_BOUND)(dg.build_sensor_context())
    assert isinstance(told, dg.SkipReason)
    assert told.skip_message == "removed 1 results of 10 bytes"
    away = open_object_store("s3://?endpoint=http://127.0.0.1:9&region=us-east-1&timeout_seconds=1", "hql-store")
    told = sweep_sensor(away, NO_BOUND)(dg.build_sensor_context())
    assert isinstance(told, dg.SkipReason)
    assert "does not answer" in str(told.skip_message)
