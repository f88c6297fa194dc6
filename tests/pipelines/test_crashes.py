"""The loader is killed right before each of its steps; whoever comes next finds and finishes the work.

The steps at which the least is certain are in every run of the suite, the others in `make test-killed`.
"""

import signal
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
import pytest

from pipelines.loading.backfill import remodel_days, unfinished
from tests.pipelines.conftest import Place
from tests.pipelines.dying_loader import Death
from tests.pipelines.exchanges import DAY, NOON, line, said
from warehouse import record

LOADING = (
    "lease 1", "read 1", "read 2", "quarantine 1", "append 1", "append 2", "publish 1", "publish 2", "publish 3",
    "publish 4", "publish 5", "journal 1", "journal 2", "lease 2", "derive 1", "publish 6", "derived sessions 1",
    "publish 7", "publish 8", "derived usage_hourly 1",
)  # fmt: skip
"""The second segment is published to scores (2), changes a row (3), and goes to property_edits (4) and requests (5)."""
ALWAYS = ("append 2", "publish 3", "publish 5", "journal 2", "publish 6")
TOGETHER = ("quarantine 1", "publish 1", "publish 3", "journal 1")
"""Both segments at once: they are published to scores (1), property_edits (2) and requests (3)."""
MAKING_ANEW = (
    "lease 1", "publish 1", "publish 2", "publish 3", "quarantine 1", "derive 1", "publish 4", "publish 5",
    "publish 6", "derived usage_hourly 1",
)  # fmt: skip


def steps(of: Sequence[str], always: Collection[str]) -> list:
    return [pytest.param(step, marks=() if step in always else pytest.mark.killed) for step in of]


@pytest.fixture(scope="module")
def dying_loaders() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.pipelines.dying_loader"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process


def kill_before(
    dying_loaders: subprocess.Popen[str],
    place: Place,
    verb: Literal["load", "remodel", "backfill"],
    step: str,
    most_rows: int = 1,
    asked_at: datetime = NOON,
) -> None:
    assert dying_loaders.stdin
    assert dying_loaders.stdout
    death = Death(
        object_store_url=(place.directory / "objects").as_uri(),
        database_url=f"sqlite:///{place.directory / 'weir.db'}",
        warehouse_url=place.warehouse_url,
        day=DAY,
        verb=verb,
        step=step,
        most_rows=most_rows,
        asked_at=asked_at,
    )
    dying_loaders.stdin.write(msgspec.json.encode(death).decode() + "\n")
    dying_loaders.stdin.flush()
    ended = int(dying_loaders.stdout.readline())
    assert ended == -signal.SIGKILL, f"the step `{step}` was never taken"
    with place.engine.begin() as connection:
        connection.exec_driver_sql("update leases set expires_at = '2020-01-01 00:00:00.000000'")


def put_two_segments(place: Place) -> list[str]:
    given: dict[str, Any] = {"request_id": UUID(int=1), "request_id_given": True}
    return [
        place.put_segment(line(session_id="s"), line(session_id="s", **given), b"garbage"),
        place.put_segment(
            line(session_id="s"),
            line(**given),
            said(record.Score, request_id=UUID(int=1), name="quality", value=1.0),
            said(record.PropertyEdit, request_id=UUID(int=1), name="team", value="b"),
        ),
    ]


def finish(place: Place, keys: list[str]) -> None:
    list(place.loader("next").load(DAY, keys))
    for day in place.days.stale_days():
        place.loader("next").derive(day)


def expect_everything_once(place: Place) -> None:
    assert place.ask("select count(), uniqExact(request_id) from requests") == [(3, 3)]
    assert place.ask("select session_id, request_count from sessions") == [("s", 3)]
    assert place.ask("select sum(request_count) from usage_hourly") == [(3,)]
    assert place.ask("select count() from scores") == [(1,)]
    assert place.ask("select count() from property_edits") == [(1,)]
    edited = place.ask(f"select properties from requests where request_id = '{UUID(int=1)}'")
    assert edited == [({"team": "b"},)]
    assert place.days.stale_days() == []
    place.days.discard_staged(DAY)
    assert place.ask("select count() from system.tables where database = 'weir_staging'") == [(0,)]


@pytest.mark.parametrize("step", steps(LOADING, always=ALWAYS))
def test_killed_while_it_loads(dying_loaders: subprocess.Popen[str], place: Place, step: str):
    keys = put_two_segments(place)
    kill_before(dying_loaders, place, "load", step)
    finish(place, keys)
    expect_everything_once(place)


@pytest.mark.parametrize("step", steps(TOGETHER, always={"publish 3"}))
def test_killed_while_it_loads_segments_together(dying_loaders: subprocess.Popen[str], place: Place, step: str):
    keys = put_two_segments(place)
    kill_before(dying_loaders, place, "load", step, most_rows=1000)
    finish(place, keys)
    expect_everything_once(place)


@pytest.mark.parametrize("step", steps(MAKING_ANEW, always={"publish 2", "publish 4"}))
def test_killed_while_it_makes_a_day_anew(dying_loaders: subprocess.Popen[str], place: Place, step: str):
    keys = put_two_segments(place)
    finish(place, keys)
    kill_before(dying_loaders, place, "remodel", step)
    finish(place, keys)
    expect_everything_once(place)


def test_a_backfill_that_is_killed_goes_on_without_the_days_that_were_finished(
    dying_loaders: subprocess.Popen[str], place: Place
):
    days = [DAY - timedelta(days=back) for back in (3, 2, 1, 0)]
    for day in days:
        list(place.loader().load(day, [place.put_segment(line(NOON + (day - DAY)), day=day)]))
    asked_at = datetime.now(UTC)
    kill_before(dying_loaders, place, "backfill", "read 3", asked_at=asked_at)
    loader = place.loader("next")
    assert unfinished(loader, asked_at) == days[:2]
    assert [made.day for made in remodel_days(loader, unfinished(loader, asked_at))] == [days[1], days[0]]
    assert place.ask("select count(), uniqExact(request_id) from requests") == [(4, 4)]


def test_loaders_that_work_at_once_load_each_segment_once(place: Place):
    keys = [place.put_segment(line(), line()) for _ in range(12)]
    failures: list[Exception] = []

    def keep_loading(name: str) -> None:
        from pipelines.loading.day_lease import DayTaken

        for _ in range(10):
            try:
                list(place.loader(name).load(DAY, keys))
            except DayTaken:
                continue
            except Exception as error:  # noqa: BLE001 - whatever it is fails the test
                failures.append(error)

    threads = [threading.Thread(target=keep_loading, args=(f"loader {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    list(place.loader("last").load(DAY, keys))
    assert failures == []
    assert place.ask("select count(), uniqExact(request_id), uniqExact(segment) from requests") == [(24, 24, 12)]
