"""Many days are made anew, and whoever was killed in the middle goes on where it was."""

from datetime import UTC, date, datetime, timedelta

import pytest

from pipelines.loading.backfill import quarantined, remodel_days, unfinished
from pipelines.loading.day_lease import day_lease
from tests.pipelines.conftest import Place
from tests.pipelines.exchanges import DAY, NOON, line

DAYS = [DAY - timedelta(days=back) for back in (2, 1, 0)]


def put_a_segment_a_day(place: Place) -> dict[date, str]:
    return {day: place.put_segment(line(NOON + (day - DAY)), day=day) for day in DAYS}


def load_days(place: Place) -> datetime:
    """Loads them, and returns a moment after that."""
    for day, key in put_a_segment_a_day(place).items():
        list(place.loader().load(day, [key]))
    return datetime.now(UTC)


def test_every_day_with_raw_segments_or_rows_is_made_anew(place):
    asked_at = load_days(place)
    place.put_segment(line(NOON - timedelta(days=9)), day=DAY - timedelta(days=9))
    place.store.put("raw/v1/README", b"hello")
    place.store.put("raw/v1/dt=soon/README", b"hello")
    days = unfinished(place.loader(), asked_at)
    assert days == [DAY - timedelta(days=9), *DAYS]
    assert [made.row_count for made in remodel_days(place.loader(), days)] == [1, 1, 1, 1]
    assert unfinished(place.loader(), asked_at) == []
    assert place.count() == 4


def test_only_days_between_the_first_and_the_last_are_made_anew(place):
    asked_at = load_days(place)
    assert unfinished(place.loader(), asked_at, first=DAYS[1]) == DAYS[1:]
    assert unfinished(place.loader(), asked_at, last=DAYS[1]) == DAYS[:2]


def test_days_that_were_finished_before_it_was_interrupted_are_left_alone(place):
    asked_at = load_days(place)
    made = next(remodel_days(place.loader(), unfinished(place.loader(), asked_at)))
    assert made.day == DAYS[-1]
    assert unfinished(place.loader(), asked_at) == DAYS[:-1]


def test_what_is_loaded_meanwhile_makes_a_day_neither_finished_nor_unfinished(place):
    asked_at = load_days(place)
    list(place.loader().load(DAY, [place.put_segment(line())]))
    assert DAY in unfinished(place.loader(), asked_at)
    place.loader().remodel(DAY)
    list(place.loader().load(DAY, [place.put_segment(line())]))
    assert DAY not in unfinished(place.loader(), asked_at)


def test_a_day_that_another_writes_is_waited_for(place):
    load_days(place)
    pauses = []
    with day_lease(place.engine, DAY, "another") as lease:

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            lease.release()

        assert [made.row_count for made in remodel_days(place.loader(), [DAY], pause)] == [1]
    assert len(pauses) == 1


def test_days_in_quarantine_are_those_whose_rejects_are_older(place):
    list(place.loader().load(DAY, [place.put_segment(line(), b"garbage")]))
    asked_at = datetime.now(UTC) + timedelta(seconds=1)
    assert quarantined(place.loader(), before=asked_at) == [DAY]
    assert quarantined(place.loader(), before=asked_at - timedelta(hours=1)) == []


@pytest.mark.parametrize("job", ["reprice", "quarantine_replay"])
def test_a_job_makes_days_anew_and_says_which(place, job):
    import dagster as dg

    from tests.pipelines.test_definitions import definitions

    key = place.put_segment(line(), b"garbage")
    list(place.loader().load(DAY, [key]))
    place.put_segment(line(), line(), key=key)
    with dg.DagsterInstance.ephemeral() as instance:
        ended = definitions(place).resolve_job_def(job).execute_in_process(instance=instance)
        assert ended.success
        assert instance.get_materialized_partitions(dg.AssetKey("requests")) == {DAY.isoformat()}
    assert place.count() == 2
    assert place.quarantined() == []
