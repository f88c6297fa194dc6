"""Several processes: on one port, and on one spool directory."""

import asyncio
import json
import os
import shutil
import signal
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from gateway.settings import GatewaySettings
from tests.gateway.running import Accounts, records_under, spooled_lines
from tests.gateway.test_promise import gateway_process
from weir.upstream.server import Running

STREAMS = 12


@pytest.fixture
def settings(tmp_path: Path, accounts: Accounts) -> GatewaySettings:
    database = shutil.copy(accounts.database, tmp_path / "weir.db")
    return GatewaySettings(data_dir=tmp_path, database_url=f"sqlite:///{database}")


@pytest.fixture
def environment(tmp_path: Path, settings: GatewaySettings, upstream: Running) -> dict[str, str]:
    return {
        **os.environ,
        "WEIR_DATA_DIR": str(tmp_path),
        "WEIR_UPSTREAMS": json.dumps({"demo": f"{upstream.url}/v1"}),
        "WEIR_DRAIN_SECONDS": "20",
    }


async def stream(url: str, key: str, user: str, first: asyncio.Queue[str]) -> list[str]:
    """Makes a call on a connection of its own; says when the first line has come, and returns all."""
    request = {"model": "demo-small+chunks=20+chunk-ms=50", "messages": [], "stream": True}
    headers = {"weir-auth": key, "weir-user-id": user}
    async with (
        httpx.AsyncClient(timeout=30, headers=headers) as client,
        client.stream("POST", f"{url}/demo/v1/chat/completions", json=request) as answer,
    ):
        lines = []
        async for line in answer.aiter_lines():
            if not lines:
                first.put_nowait(user)
            lines.append(line)
        return lines


async def refused(url: str) -> None:
    """Waits until no new connection is taken."""
    host, port = url.removeprefix("http://").split(":")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except ConnectionRefusedError:
            return
        writer.close()
        await asyncio.sleep(0.02)
    raise AssertionError("connections are still taken")


def workers_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def writers(settings: GatewaySettings) -> set[str]:
    return {path.name for path in settings.spool_dir.iterdir()}


async def test_workers_finish_their_streams_and_ship_their_records(
    environment: dict[str, str], settings: GatewaySettings, accounts: Accounts
):
    with gateway_process({**environment, "WEIR_GATEWAY_WORKERS": "2"}) as (process, url):
        pids = workers_of(process.pid)
        assert len(pids) == 2
        first: asyncio.Queue[str] = asyncio.Queue()
        streams = [asyncio.create_task(stream(url, accounts.key, f"user-{n}", first)) for n in range(STREAMS)]
        for _ in range(STREAMS):
            await asyncio.wait_for(first.get(), 20)
        assert len(writers(settings)) == 2, "each worker writes to a directory of its own"
        process.send_signal(signal.SIGTERM)
        await refused(url)
        assert not any(task.done() for task in streams), "refused while the streams go on"
        answers = await asyncio.gather(*streams)
        assert await asyncio.to_thread(process.wait, 30) == 0
    assert all("data: [DONE]" in lines for lines in answers)
    assert spooled_lines(settings) == set()
    records = records_under(settings)
    assert Counter(record.user_id for record in records) == {f"user-{n}": 1 for n in range(STREAMS)}
    assert {(record.status_code, record.error_type) for record in records} == {(200, None)}


async def test_a_worker_that_dies_is_replaced_and_nothing_of_it_is_lost(
    environment: dict[str, str], settings: GatewaySettings, accounts: Accounts
):
    # A spool that is sealed late still holds what the dead one wrote.
    late = {**environment, "WEIR_GATEWAY_WORKERS": "2", "WEIR_SPOOL_SEAL_SECONDS": "60"}
    with gateway_process(late) as (process, url):
        pids = workers_of(process.pid)
        request = {"model": "demo-small", "messages": []}
        for n in range(8):
            # A new connection each: either worker may take it.
            async with httpx.AsyncClient(headers={"weir-auth": accounts.key, "weir-user-id": f"user-{n}"}) as client:
                answer = await client.post(f"{url}/demo/v1/chat/completions", json=request)
                assert answer.status_code == 200
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while len(set(workers_of(process.pid)) - set(pids)) < 2:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 40) == 0
    # A worker told to stop while it started leaves what it took over to the next start.
    kept = records_under(settings)
    assert Counter(record.user_id for record in kept) == {f"user-{n}": 1 for n in range(8)}


async def test_gateways_on_one_spool_directory_keep_apart(
    environment: dict[str, str], settings: GatewaySettings, accounts: Accounts
):
    with gateway_process(environment) as (one, first_url), gateway_process(environment) as (other, second_url):
        first: asyncio.Queue[str] = asyncio.Queue()
        urls = [first_url, second_url] * (STREAMS // 2)
        streams = [asyncio.create_task(stream(url, accounts.key, f"user-{n}", first)) for n, url in enumerate(urls)]
        for _ in range(STREAMS):
            await asyncio.wait_for(first.get(), 20)
        assert len(writers(settings)) == 2
        one.send_signal(signal.SIGTERM)
        await asyncio.gather(*streams)
        assert await asyncio.to_thread(one.wait, 30) == -signal.SIGTERM
        after = await stream(second_url, accounts.key, "after", first)
        assert "data: [DONE]" in after, "the other goes on"
        other.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(other.wait, 30) == -signal.SIGTERM
    assert spooled_lines(settings) == set()
    users = Counter(record.user_id for record in records_under(settings))
    assert users == {**{f"user-{n}": 1 for n in range(STREAMS)}, "after": 1}
