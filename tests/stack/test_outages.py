"""What is behind the gateway fails under traffic: no call notices, and afterwards every call is one row."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import httpx
import pytest

from tests.conftest import RunningStack
from tests.stack.conftest import Ask, wait_for

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

OUTAGE_SECONDS = (15, pytest.param(60, marks=pytest.mark.killed))
"""A minute is longer than a tick of the sensor lasts; the ordinary suite has no time for it."""


class Traffic(threading.Thread):
    """Calls the gateway twenty times a second and remembers what the client saw."""

    def __init__(self, stack: RunningStack, session: str) -> None:
        super().__init__(daemon=True)
        self._stack, self._session = stack, session
        self._ended = threading.Event()
        self.answered: list[UUID] = []
        self.failures: list[str] = []

    def run(self) -> None:
        with httpx.Client(base_url=self._stack.gateway_url, timeout=10) as client:
            while not self._ended.wait(0.05):
                self._call(client)

    def _call(self, client: httpx.Client) -> None:
        try:
            answer = client.post(
                "/demo/v1/chat/completions",
                headers={"Weir-Auth": f"Bearer {self._stack.gateway_key}", "Weir-Session-Id": self._session},
                json={"model": "demo-small", "messages": [{"role": "user", "content": "Are you there?"}]},
            )
            answer.raise_for_status()
            self.answered.append(UUID(answer.headers["weir-request-id"]))
        except httpx.HTTPError as error:
            self.failures.append(repr(error))

    def end(self) -> None:
        self._ended.set()
        self.join()


@contextmanager
def traffic(stack: RunningStack, session: str) -> Iterator[Traffic]:
    calls = Traffic(stack, session)
    calls.start()
    try:
        yield calls
    finally:
        calls.end()


@contextmanager
def warehouse_hangs(stack: RunningStack) -> Iterator[None]:
    pid = stack.pid("warehouse")
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def object_store_refuses(stack: RunningStack) -> Iterator[None]:
    """Puts a file where the bucket's directory was: every write and read of the bucket fails, for root too."""
    bucket = stack.data_dir / "objects" / "request-response-storage"
    aside = bucket.with_name("aside")
    bucket.rename(aside)
    bucket.write_text("no directory")
    try:
        yield
    finally:
        bucket.unlink()
        aside.rename(bucket)


@pytest.mark.parametrize("outage", [warehouse_hangs, object_store_refuses])
@pytest.mark.parametrize("seconds", OUTAGE_SECONDS)
def test_an_outage_costs_no_call_and_no_row(
    outage: Callable[[RunningStack], object], seconds: int, running_stack: RunningStack, ask: Ask
):
    session = f"outage-{outage.__name__}-{time.time_ns()}"
    with traffic(running_stack, session) as calls:
        time.sleep(1)
        with outage(running_stack):
            time.sleep(seconds)
        time.sleep(1)
    assert calls.failures == []
    assert len(calls.answered) > seconds
    every_call_is_one_row(ask, session, calls)


@pytest.mark.parametrize("service", ["warehouse", "pipelines", "dagster-daemon"])
def test_a_killed_service_comes_back_and_no_row_is_lost_or_doubled(service: str, running_stack: RunningStack, ask: Ask):
    session = f"killed-{service}-{time.time_ns()}"
    before = running_stack.pid(service)
    with traffic(running_stack, session) as calls:
        time.sleep(3)
        os.kill(before, signal.SIGKILL)
        wait_for(lambda: running_stack.pid(service) != before)
        time.sleep(3)
    assert calls.failures == []
    every_call_is_one_row(ask, session, calls)


def every_call_is_one_row(ask: Ask, session: str, calls: Traffic) -> None:
    def rows() -> list[str]:
        try:
            found = ask("select request_id from requests where session_id = {session:String}", session=session)
        except AssertionError:  # The warehouse is still coming back.
            return []
        return [row["request_id"] for row in found]

    wait_for(lambda: len(rows()) >= len(calls.answered), seconds=120)
    assert sorted(rows()) == sorted(map(str, calls.answered))
