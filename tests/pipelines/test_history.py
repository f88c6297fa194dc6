"""Dagster's history stays bounded, and what its pages show of assets stays."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from pipelines.history import Pruned, prune
from weir.dagster_home import INSTANCE

KEY = dg.AssetKey("requests")
LATER = timedelta(hours=1)


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "dagster.yaml").write_text(INSTANCE)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance


def report(instance: dg.DagsterInstance, count: int, day: str = "2026-11-20") -> None:
    """What ticks of the sensor report, by the call that Dagster's daemon makes of it."""
    counts = {"segments": 38, "rows": 1900, "rejected": 0, "duplicates": 0, "longest_lag_ms": 1234.5}
    for _ in range(count):
        instance.report_runless_asset_event(dg.AssetMaterialization(KEY, partition=day, metadata=counts))


def materializations(instance: dg.DagsterInstance) -> int:
    return len(instance.fetch_materializations(KEY, limit=1000).records)


def test_old_events_go_and_the_newest_of_each_day_stays(instance):
    report(instance, 5, "2026-11-19")
    report(instance, 3, "2026-11-20")
    assert prune(instance, datetime.now(UTC) + LATER) == Pruned(events=6)
    assert instance.get_materialized_partitions(KEY) == {"2026-11-19", "2026-11-20"}
    assert materializations(instance) == 2


def test_what_is_not_old_stays(instance):
    report(instance, 3)
    assert prune(instance, datetime.now(UTC) - LATER) == Pruned()
    assert materializations(instance) == 3


def test_the_latest_answer_of_each_check_stays(instance):
    for name, passed in (("fresh", False), ("fresh", True), ("priced", True)):
        instance.report_runless_asset_event(dg.AssetCheckEvaluation(KEY, name, passed))
    assert prune(instance, datetime.now(UTC) + LATER).checks == 1
    answer = instance.event_log_storage.get_latest_asset_check_execution_by_key([dg.AssetCheckKey(KEY, "fresh")])
    assert [each.evaluation.passed for each in answer.values()] == [True]


@dg.asset(name="requests", partitions_def=dg.StaticPartitionsDefinition(["2026-11-20"]))
def requests_asset() -> None:
    pass


def test_a_run_goes_with_its_files_and_the_day_it_made_still_counts_as_made(instance, tmp_path):
    assert dg.materialize([requests_asset], instance=instance, partition_key="2026-11-20").success
    shards = {file.name for file in (tmp_path / "history" / "runs").glob("*.db")}
    assert len(shards - {"index.db", ".db"}) == 1
    assert prune(instance, datetime.now(UTC) + LATER).runs == 1
    assert instance.get_runs() == []
    assert {file.name for file in (tmp_path / "history" / "runs").glob("*.db")} <= {"index.db", ".db"}
    assert instance.get_materialized_partitions(KEY) == {"2026-11-20"}
