"""Whoever deletes is killed right before a step; the next one finds what is left and finishes it.

Two of the steps are in every run of the suite, the others in `make test-killed`.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import msgspec
import pytest

from tests.pipelines.conftest import Place
from tests.pipelines.deleting import USER, Stores, open_stores
from tests.pipelines.dying_deleter import Death
from tests.pipelines.exchanges import DAY, line, said
from tests.pipelines.test_deletion import raw
from warehouse import record

ALWAYS = ("blank 2", "publish 2")
RARELY = ("mark 1", "journal 1", "publish 1", "publish 3", "derive 1", "publish 5", "sweep 1")


@pytest.fixture(scope="module")
def dying_deleters() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.pipelines.dying_deleter"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process


def kill_before(dying_deleters: subprocess.Popen[str], stores: Stores, step: str) -> None:
    place = stores.place
    assert dying_deleters.stdin
    assert dying_deleters.stdout
    death = Death(
        object_store_url=(place.directory / "objects").as_uri(),
        database_url=f"sqlite:///{place.directory / 'weir.db'}",
        warehouse_url=place.warehouse_url,
        step=step,
    )
    dying_deleters.stdin.write(msgspec.json.encode(death).decode() + "\n")
    dying_deleters.stdin.flush()
    assert int(dying_deleters.stdout.readline()) == -signal.SIGKILL, f"the step `{step}` was never taken"
    with stores.engine.begin() as connection:
        connection.exec_driver_sql("update leases set expires_at = '2020-01-01 00:00:00.000000'")


@pytest.mark.parametrize("step", [*ALWAYS, *(pytest.param(step, marks=pytest.mark.killed) for step in RARELY)])
def test_killed_while_it_deletes(dying_deleters: subprocess.Popen[str], place: Place, step: str):
    stores = open_stores(place)
    gone, kept = uuid4(), uuid4()
    place.put_segment(
        line(request_id=gone, user_id=USER, session_id="s", request_body="canary"),
        line(request_id=kept, session_id="s", request_body="kept"),
        said(record.Score, request_id=gone, name="taste", value=1.0, comment="canary"),
        said(record.PropertyEdit, request_id=gone, name="team", value="canary"),
    )
    place.put_segment(line(user_id=USER, request_body="canary"))
    stores.load()
    stores.ask(user_id=USER)
    kill_before(dying_deleters, stores, step)
    (done,) = stores.delete_everything_asked()
    assert b"canary" not in raw(place)
    assert stores.bodies() == {str(kept): "kept"}
    assert place.ask("select session_id, request_count from sessions") == [("s", 1)]
    assert [place.count(table) for table in ("scores", "property_edits")] == [0, 0]
    assert place.ask("select sum(request_count) from usage_hourly") == [(1,)]
    assert done.days_touched == (DAY,)
    place.days.discard_staged(DAY)
    assert place.ask("select count() from system.tables where database = 'weir_staging'") == [(0,)]
