import json
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from pipelines.definitions import build
from pipelines.settings import PipelineSettings
from tests.pipelines.conftest import Place
from tests.pipelines.exchanges import DAY, line

GOLDEN = Path(__file__).parent / "asset_graph.json"
TODAY = datetime.now(UTC)


def definitions(place: Place) -> dg.Definitions:
    return build(
        PipelineSettings(
            object_store_url=(place.directory / "objects").as_uri(),
            database_url=f"sqlite:///{place.directory / 'weir.db'}",
            warehouse_url=place.warehouse_url,
            load_tick_seconds=0.2,
        )
    )


def tick(place: Place, made: dg.Definitions | None = None) -> dg.SensorResult | dg.SkipReason:
    sensor = (made or definitions(place)).resolve_sensor_def("load")
    with dg.DagsterInstance.ephemeral() as instance:
        result = sensor(dg.build_sensor_context(instance=instance))
    assert isinstance(result, dg.SensorResult | dg.SkipReason)
    return result


def test_the_asset_graph_is_the_one_we_know():
    graph = build(PipelineSettings()).get_repository_def().asset_graph
    found = {
        node.key.to_user_string(): {
            "description": node.description,
            "group": node.group_name,
            "upstream": sorted(key.to_user_string() for key in node.parent_keys),
            "partitions": type(node.partitions_def).__name__,
            "checks": {key.name: graph.get_check_spec(key).description for key in sorted(node.check_keys)},
        }
        for node in sorted(graph.asset_nodes, key=lambda node: node.key.to_user_string())
    }
    assert found == json.loads(GOLDEN.read_text()), json.dumps(found, indent=2, ensure_ascii=False)


def test_everything_in_dagsters_pages_has_a_name_and_says_what_it_does():
    repository = build(PipelineSettings()).get_repository_def()
    jobs = [job for job in repository.get_all_jobs() if job.name != "__ASSET_JOB"]
    named = {each.name: each.description for each in (*jobs, *repository.schedule_defs, *repository.sensor_defs)} | {
        f"{job.name}: {op.name}": op.description for job in jobs for op in job.all_node_defs
    }
    assert [name for name, description in named.items() if name.startswith("_") or not description] == []
    assert {"refresh_prices", "reprice", "deletions", "load", "retention_schedule"} <= named.keys()


def test_the_sensor_runs_from_the_start():
    sensor = build(PipelineSettings()).resolve_sensor_def("load")
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
    assert sensor.minimum_interval_seconds == 1


def test_a_tick_reports_one_materialization_with_counts_for_a_day(place):
    place.put_segment(line(TODAY), line(TODAY), b"garbage", day=TODAY.date())
    result = tick(place)
    events = [each for each in result.asset_events if isinstance(each, dg.AssetMaterialization)]
    (event,) = [each for each in events if each.asset_key.to_user_string() == "requests"]
    assert event.partition == TODAY.date().isoformat()
    numbers = {name: value.value for name, value in event.metadata.items()}
    assert numbers.pop("longest_lag_ms") is not None
    assert numbers == {"segments": 1, "rows": 2, "rejected": 1, "duplicates": 0}
    assert place.count() == 2


def test_a_tick_answers_the_checks_every_few_minutes(place):
    made = definitions(place)
    asked = [tick(place, made) for _ in range(2)]
    evaluations = [each for each in asked[0].asset_events if isinstance(each, dg.AssetCheckEvaluation)]
    assert {each.check_name for each in evaluations} >= {"fresh", "no_duplicate_ids", "all_that_landed"}
    assert all(each.passed for each in evaluations)
    assert asked[1].asset_events == []
    assert "0 segments wait" in asked[1].skip_reason.skip_message


def test_a_tick_that_reaches_no_warehouse_fails_and_says_why(place):
    made = build(
        PipelineSettings(
            object_store_url=(place.directory / "objects").as_uri(),
            database_url=f"sqlite:///{place.directory / 'weir.db'}",
            warehouse_url="http://writer:x@127.0.0.1:9/weir",
            load_tick_seconds=0.2,
        )
    )
    place.put_segment(line(TODAY), day=TODAY.date())
    with pytest.raises(Exception, match=r"127\.0\.0\.1"):
        tick(place, made)


def test_a_run_makes_a_day_anew(place):
    key = place.put_segment(line(session_id="s"), b"garbage")
    list(place.loader().load(DAY, [key]))
    place.client.command("truncate table requests")
    with dg.DagsterInstance.ephemeral() as instance:
        job = definitions(place).resolve_implicit_global_asset_job_def()
        ended = job.execute_in_process(partition_key=DAY.isoformat(), instance=instance)
    assert ended.success
    assert {event.asset_key.to_user_string() for event in ended.get_asset_materialization_events()} == {
        "prices",
        "requests",
        "scores",
        "property_edits",
        "sessions",
        "users_daily",
        "usage_hourly",
    }
    assert (place.count(), place.count("sessions"), place.days.stale_days()) == (1, 1, [])


def test_a_run_of_the_derived_tables_alone_reads_no_raw_segment(place):
    key = place.put_segment(line(session_id="s"))
    list(place.loader().load(DAY, [key]))
    place.store.delete(key)
    with dg.DagsterInstance.ephemeral() as instance:
        job = definitions(place).resolve_implicit_global_asset_job_def()
        chosen = [dg.AssetKey("sessions"), dg.AssetKey("usage_hourly")]
        assert job.execute_in_process(partition_key=DAY.isoformat(), instance=instance, asset_selection=chosen).success
    assert (place.count(), place.count("sessions")) == (1, 1)


def test_loading_definitions_connects_to_nothing():
    made = build(
        PipelineSettings(
            warehouse_url="http://writer:x@127.0.0.1:9/weir", object_store_url="s3://?endpoint=http://127.0.0.1:9"
        )
    )
    dg.Definitions.validate_loadable(made)


def test_days_that_others_loaded_are_reported_once(place):
    list(place.loader().load(DAY, [place.put_segment(line())]))
    made = definitions(place)
    sensor = made.resolve_sensor_def("load")
    with dg.DagsterInstance.ephemeral() as instance:
        result = sensor(dg.build_sensor_context(instance=instance))
        reported = [each for each in result.asset_events if isinstance(each, dg.AssetMaterialization)]
        assert {each.partition for each in reported if each.asset_key == dg.AssetKey("requests")} == {DAY.isoformat()}
        for event in reported:
            instance.report_runless_asset_event(event)
        again = definitions(place).resolve_sensor_def("load")(dg.build_sensor_context(instance=instance))
        assert [each for each in again.asset_events if isinstance(each, dg.AssetMaterialization)] == []
