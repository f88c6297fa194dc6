import dagster as dg

from control import deletions, retention
from tests.pipelines.conftest import Place
from tests.pipelines.deleting import USER, open_stores
from tests.pipelines.exchanges import ORGANIZATION, line
from tests.pipelines.test_definitions import definitions


def looks(made: dg.Definitions, *under_way: dg.DagsterRun) -> dg.RunRequest | dg.SkipReason:
    with dg.DagsterInstance.ephemeral() as instance:
        for run in under_way:
            instance.add_run(run)
        result = made.resolve_sensor_def("deletions")(dg.build_sensor_context(instance=instance))
    assert isinstance(result, dg.RunRequest | dg.SkipReason)
    return result


def test_one_run_at_a_time_is_launched_while_deletions_wait(place: Place):
    stores, made = open_stores(place), definitions(place)
    assert isinstance(looks(made), dg.SkipReason)
    stores.ask(user_id=USER)
    going_on, done = (
        dg.DagsterRun("deletion", status=status)
        for status in (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.SUCCESS)
    )
    assert isinstance(looks(made, going_on), dg.SkipReason)
    assert isinstance(looks(made, done), dg.RunRequest)


def test_a_run_deletes_and_leaves_the_second_look_to_a_later_one(place: Place):
    stores, made = open_stores(place), definitions(place)
    place.put_segment(line(user_id=USER), line())
    stores.load()
    asked = stores.ask(user_id=USER)
    assert made.resolve_job_def("deletion").execute_in_process().success
    settling = deletions.find(place.engine, ORGANIZATION, asked.id)
    assert settling is not None
    assert (settling.state, place.count()) == ("settling", 1)
    assert isinstance(looks(made), dg.SkipReason)


def test_a_run_applies_the_rules_of_retention(place: Place):
    stores, made = open_stores(place), definitions(place)
    retention.put(place.engine, ORGANIZATION, 1, by="ada")
    place.put_segment(line())
    stores.load()
    assert made.resolve_job_def("retention").execute_in_process().success
    assert place.count() == 0
    schedule = made.resolve_schedule_def("retention_schedule")
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
