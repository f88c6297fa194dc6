"""The promise, word for word: after kill -9 every completely delivered response has exactly one row; further rows exist
only for calls that the client saw break."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import httpx
import pytest

from gateway.settings import GatewaySettings
from tests.gateway.running import Accounts, records_under, spooled_lines
from warehouse.settings import RAW_BUCKET
from weir.upstream.server import Running

CONCURRENT_CALLS = 200


@dataclass
class Seen:
    """What the clients saw of their calls, each known by its user id."""

    begun: set[str] = field(default_factory=set)
    delivered: set[str] = field(default_factory=set)


@contextmanager
def gateway_process(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Runs `python -m gateway` until it is ready; it is gone afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([sys.executable, "-m", "gateway"], env={**environment, "WEIR_GATEWAY_PORT": str(port)})
    try:
        deadline = time.monotonic() + 90
        while not _is_ready(url):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield process, url
    finally:
        process.kill()
        process.wait()


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


async def traffic(url: str, key: str, seen: Seen, enough: int, when_enough: "asyncio.Event", round: int) -> None:
    """Calls on 200 connections at once, half of them streams, until the gateway breaks."""
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, headers={"weir-auth": key}) as session:

        async def caller(number: int) -> None:
            for turn in range(1000):
                call = f"{round}-{number}-{turn}"
                seen.begun.add(call)
                try:
                    if await _is_delivered(session, url, call, is_stream=number % 2 == 0):
                        seen.delivered.add(call)
                except aiohttp.ClientError:
                    return
                if len(seen.delivered) >= enough:
                    when_enough.set()

        await asyncio.gather(*(caller(number) for number in range(CONCURRENT_CALLS)))


async def _is_delivered(session: aiohttp.ClientSession, url: str, call: str, *, is_stream: bool) -> bool:
    """Makes a call and tells whether its response was complete: a whole body, or a stream with its last event."""
    words = "chunks=6+chunk-ms=3" if is_stream else "first-byte-ms=5"
    request = {"model": f"demo-small+{words}", "messages": [{"role": "user", "content": call}], "stream": is_stream}
    path = "/demo/v1/messages" if call.endswith("7") else "/demo/v1/chat/completions"
    complete = False
    async with session.post(url + path, json=request, headers={"weir-user-id": call}) as response:
        assert response.status == 200, await response.text()
        if not is_stream:
            return len(await response.read()) > 0
        try:
            async for line in response.content:
                complete = complete or line.startswith((b"data: [DONE]", b'data: {"type":"message_stop"'))
        except aiohttp.ClientError:
            if not complete:
                raise
    assert complete
    return True


@pytest.mark.parametrize("store_refuses", [False, True])
@pytest.mark.timeout(180)
async def test_kill_9_loses_nothing_that_was_delivered(
    tmp_path: Path, accounts: Accounts, upstream: Running, store_refuses: bool
):
    database = shutil.copy(accounts.database, tmp_path / "weir.db")
    settings = GatewaySettings(data_dir=tmp_path, database_url=f"sqlite:///{database}")
    environment = {
        **os.environ,
        "WEIR_DATA_DIR": str(tmp_path),
        "WEIR_UPSTREAMS": json.dumps({"demo": f"{upstream.url}/v1"}),
        "WEIR_SPOOL_SEAL_SECONDS": "0.2",
        "WEIR_DRAIN_SECONDS": "5",
    }
    bucket = tmp_path / "objects" / RAW_BUCKET
    if store_refuses:
        bucket.parent.mkdir()
        bucket.write_text("a file where the bucket's directory should be")
    seen = Seen()
    for round in range(2):
        with gateway_process(environment) as (process, url):
            enough = asyncio.Event()
            calling = asyncio.create_task(
                traffic(url, accounts.key, seen, len(seen.delivered) + 3 * CONCURRENT_CALLS, enough, round)
            )
            await asyncio.wait({asyncio.create_task(enough.wait()), calling}, return_when=asyncio.FIRST_COMPLETED)
            assert not calling.done() or calling.result() is None
            process.send_signal(signal.SIGKILL)
            await calling
    if store_refuses:
        assert spooled_lines(settings), "what could not be shipped waits on disk"
        bucket.unlink()

    with gateway_process(environment) as (process, _):
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 30) == -signal.SIGTERM

    assert spooled_lines(settings) == set(), "a start takes over what was left, and a stop ships it"
    records = records_under(settings)
    rows = Counter(record.user_id for record in records)
    assert len(seen.delivered) > 2 * CONCURRENT_CALLS
    assert seen.begun - seen.delivered, "some calls broke, or the drill was none"
    assert [call for call in seen.delivered if rows[call] != 1] == []
    assert max(rows.values()) == 1
    assert rows.keys() <= seen.begun
    assert max(Counter(record.request_id for record in records).values()) == 1
    for record in records:
        if record.user_id in seen.delivered:
            assert record.status_code == 200
            assert record.error_type is None
            assert record.usage_source == "reported"


async def test_sigterm_lets_calls_finish_and_ships_their_records(tmp_path: Path, accounts: Accounts, upstream: Running):
    database = shutil.copy(accounts.database, tmp_path / "weir.db")
    settings = GatewaySettings(data_dir=tmp_path, database_url=f"sqlite:///{database}")
    environment = {
        **os.environ,
        "WEIR_DATA_DIR": str(tmp_path),
        "WEIR_UPSTREAMS": json.dumps({"demo": f"{upstream.url}/v1"}),
        "WEIR_DRAIN_SECONDS": "10",
    }
    with gateway_process(environment) as (process, url):
        async with httpx.AsyncClient(headers={"weir-auth": accounts.key}, timeout=20) as client:
            request = {"model": "demo-small+chunks=10+chunk-ms=50", "messages": [], "stream": True}
            async with client.stream("POST", f"{url}/demo/v1/chat/completions", json=request) as stream:
                lines = stream.aiter_lines()
                await anext(lines)
                process.send_signal(signal.SIGTERM)
                rest = [line async for line in lines]
        assert await asyncio.to_thread(process.wait, 20) == -signal.SIGTERM
    assert "data: [DONE]" in rest
    assert spooled_lines(settings) == set()
    [record] = records_under(settings)
    assert (record.status_code, record.error_type) == (200, None)
