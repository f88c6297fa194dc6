from datetime import timedelta

import dagster as dg

from control import deletions, leases, retention
from pipelines.deletion.deletion import LEASE
from tests.pipelines.conftest import Place
from tests.pipelines.deleting import USER, open_stores
from tests.pipelines.exchanges import ORGANIZATION, line
from tests.pipelines.test_definitions import definitions


def looks(made: dg.Definitions) -> dg.RunRequest | dg.SkipReason:
    with dg.DagsterInstance.ephemeral() as instance:
        result = made.resolve_sensor_def("deletions")(dg.build_sensor_context(instance=instance))
    assert isinstance(result, dg.RunRequest | dg.SkipReason)
    return result


def test_runs_are_launched_while_deletions_wait_and_nobody_works_on_them(place: Place):

    stores, made = open_stores(place), definitions(place)
    assert isinstance(looks(made), dg.SkipReason)
    stores.ask(user_id=USER)
    lease = leases.acquire(place.engine, LEASE, "another", timedelta(minutes=1))
    assert isinstance(looks(made), dg.SkipReason)
    assert lease is not None
    leases.release(place.engine, lease)
    assert isinstance(looks(made), dg.RunRequest)


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
