"""The process of a backfill is killed under a real Dagster, which launches it again by itself.

Run by `make test-killed`: starting Dagster takes longer than all other tests of this package together. What happens to
loading when Dagster's processes are killed is in `tests/stack/test_outages.py`.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from tests.pipelines.conftest import Place
from tests.pipelines.exchanges import DAY, NOON, line
from weir.dagster_home import INSTANCE, WORKSPACE

pytestmark = [pytest.mark.killed, pytest.mark.timeout(1200)]


class Dagster:
    """A code server and a daemon over the stores of a test, each of which may be killed and started again."""

    def __init__(self, place: Place) -> None:
        self.home = place.directory / "dagster"
        self.home.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        (self.home / "dagster.yaml").write_text(INSTANCE)
        (self.home / "workspace.yaml").write_text(WORKSPACE.format(port=self._port))
        self._environment = os.environ | {
            "DAGSTER_HOME": str(self.home),
            "WEIR_DATA_DIR": str(place.directory),
            "WEIR_OBJECT_STORE_URL": (place.directory / "objects").as_uri(),
            "WEIR_DATABASE_URL": f"sqlite:///{place.directory / 'weir.db'}",
            "WEIR_WAREHOUSE_URL": place.warehouse_url,
            "WEIR_LOAD_TICK_SECONDS": "5",
        }
        with dg.DagsterInstance.from_config(str(self.home)) as instance:
            instance.get_runs(limit=1)
        self.code_server = self.start_code_server()
        self.daemon = self.start_daemon()

    def start_code_server(self) -> subprocess.Popen[bytes]:
        where = ("-m", "pipelines.definitions", "-h", "127.0.0.1", "-p", str(self._port))
        process = self._start("code server", "dagster", "api", "grpc", *where)
        wait_for(lambda: socket.socket().connect_ex(("127.0.0.1", self._port)) == 0)
        return process

    def start_daemon(self) -> subprocess.Popen[bytes]:
        return self._start("daemon", "dagster._daemon", "run", "-w", str(self.home / "workspace.yaml"))

    def stop(self) -> None:
        for process in (self.daemon, self.code_server):
            process.kill()
            process.wait()

    def _start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        log = (self.home / f"{name}.log").open("ab")
        with log:
            return subprocess.Popen(
                [sys.executable, "-m", *command], env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )


def wait_for(condition: Callable[[], object], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not true within {seconds} s"
        time.sleep(0.2)


@contextmanager
def dagster_of(place: Place) -> Iterator[Dagster]:
    dagster = Dagster(place)
    try:
        yield dagster
    finally:
        dagster.stop()


def test_a_backfill_whose_process_is_killed_goes_on_by_itself(place: Place):
    days = [DAY - timedelta(days=back) for back in range(12)]
    for day in days:
        list(place.loader().load(day, [place.put_segment(line(NOON - (DAY - day)), day=day)]))
    loaded_at = datetime.now(UTC)

    def made_anew() -> int:
        later = f"loaded_at > '{loaded_at:%F %T.%f}'"
        return place.ask(f"select uniqExact(toDate(created_at)) from requests where {later}")[0][0]

    with dagster_of(place) as dagster:
        environment = os.environ | {"DAGSTER_HOME": str(dagster.home)}
        launch = ("dagster", "job", "launch", "-j", "reprice", "-w", str(dagster.home / "workspace.yaml"))
        subprocess.run([sys.executable, "-m", *launch], env=environment, check=True, capture_output=True)
        with dg.DagsterInstance.from_config(str(dagster.home)) as instance:
            wait_for(lambda: made_anew() >= 3)
            os.kill(worker_of(dagster.code_server.pid), signal.SIGKILL)
            wait_for(lambda: made_anew() == len(days))
            wait_for(lambda: len(instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS]))) == 1)
            # The sensor reports the days too, as others loaded them, by events that belong to no run.
            reported = [
                each.run_id for each in instance.fetch_materializations(dg.AssetKey("requests"), limit=100).records
            ]
    assert place.ask("select count(), uniqExact(request_id) from requests") == [(len(days), len(days))]
    # One fewer if it was killed between making a day and saying so.
    assert len([run for run in reported if run]) in (len(days) - 1, len(days))


def test_a_run_whose_code_server_died_too_does_not_hold_up_the_next_one(place: Place):
    days = [DAY - timedelta(days=back) for back in range(12)]
    for day in days:
        list(place.loader().load(day, [place.put_segment(line(NOON - (DAY - day)), day=day)]))
    with dagster_of(place) as dagster:
        environment = os.environ | {"DAGSTER_HOME": str(dagster.home)}
        launch = ("dagster", "job", "launch", "-j", "reprice", "-w", str(dagster.home / "workspace.yaml"))
        subprocess.run([sys.executable, "-m", *launch], env=environment, check=True, capture_output=True)
        with dg.DagsterInstance.from_config(str(dagster.home)) as instance:
            going_on = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])
            wait_for(lambda: instance.get_runs(going_on))
            worker = worker_of(dagster.code_server.pid)
            dagster.code_server.kill()
            os.kill(worker, signal.SIGKILL)
            dagster.code_server.wait()
            dagster.code_server = dagster.start_code_server()
            wait_for(lambda: instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE])))
            wait_for(lambda: instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS])))
    assert place.ask("select count(), uniqExact(request_id) from requests") == [(len(days), len(days))]


def worker_of(code_server: int) -> int:
    """The process in which the code server executes a run."""
    for listed in Path("/proc").glob("[0-9]*/status"):
        try:
            parent = next(text for text in listed.read_text().splitlines() if text.startswith("PPid:")).split()[1]
            if parent == str(code_server) and "spawn_main" in (listed.parent / "cmdline").read_text():
                return int(listed.parent.name)
        except OSError:
            continue
    raise AssertionError("the code server executes no run")
