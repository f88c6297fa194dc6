"""The disk of the spool is full: refuse or drop, as the operator chose; and it goes on by itself when there is room."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.gateway.faults.callers import CALLERS, MESSAGES
from tests.gateway.faults.every_door import CHAT, DOORS, every_door, question, report
from tests.gateway.faults.small_disk import Disk, small_disk
from tests.gateway.faults.waiting import refused, until
from tests.gateway.running import Accounts, RunningGateway, running_gateway
from tests.gateway.vendor import response, vendor

DROPPED = 'weir_gateway_dropped_total{reason="spool_full"}'
RESERVE_BYTES = 200_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path / "disk") as made:
        yield made


@pytest.fixture
def settings(everybody: dict[str, str], operator: dict[str, str], disk: Disk) -> dict[str, object]:
    return {
        "upstreams": everybody,
        "allowed_targets": "127.0.0.1",
        "spool_dir": disk.path,
        "spool_min_free_bytes": RESERVE_BYTES,
        **operator,
    }


def is_ready(gateway: RunningGateway) -> bool:
    return httpx.get(f"{gateway.url}/readyz").status_code == 200


async def test_a_full_disk_refuses_every_door_and_lets_them_in_again_when_there_is_room(
    tmp_path: Path, accounts: Accounts, settings: dict[str, object], disk: Disk
):
    with running_gateway(tmp_path, accounts, **settings) as gateway:
        async with httpx.AsyncClient(base_url=gateway.url, headers=gateway.auth, timeout=20) as client:
            assert await every_door(client) == {200: DOORS}
            disk.fill()
            *passed, first = await refused(lambda: client.post(**CALLERS["messages"].asks("gpt-4o", stream=True)))
            answers = [first, await client.post(CHAT, json=question()), *await report(client)]
            kept = len(gateway.records())
            assert not await asyncio.to_thread(is_ready, gateway)
            disk.free()
            await until(lambda: is_ready(gateway))
            assert await every_door(client) == {200: DOORS}
        lost = gateway.metric(DROPPED)
        assert len(gateway.records()) == kept + DOORS
    assert [answer.status_code for answer in answers] == [503] * 4
    assert first.json()["type"] == "error", "in the caller's dialect"
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers)
    assert kept + lost == DOORS + len(passed), "a call that was let in before anybody knew is counted if it is lost"
    assert lost <= 1


async def test_a_call_that_was_let_in_has_room_kept_for_its_row(
    tmp_path: Path, accounts: Accounts, settings: dict[str, object], disk: Disk
):
    asked, gate = asyncio.Event(), asyncio.Event()

    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        asked.set()
        await gate.wait()
        writer.write(response(b'{"choices":[]}', "content-type: application/json"))

    async with vendor(answer) as provider:
        with running_gateway(tmp_path, accounts, **settings) as gateway:
            async with httpx.AsyncClient(base_url=gateway.url, headers=gateway.auth, timeout=20) as client:
                request = {"model": "m", "messages": MESSAGES}
                headers = {"weir-target-url": provider.url}
                calling = asyncio.create_task(client.post("/v1/chat/completions", json=request, headers=headers))
                await asked.wait()
                disk.fill(but=RESERVE_BYTES // 2)
                await refused(lambda: client.post(CHAT, json=question()))
                gate.set()
                got = await calling
            row = gateway.record(got.headers["weir-request-id"])
            assert gateway.metric(DROPPED) == 0
    assert (got.status_code, row.status_code, row.error_type) == (200, 200, None)


async def test_where_records_may_be_dropped_calls_go_on_and_losses_are_counted(
    tmp_path: Path, accounts: Accounts, settings: dict[str, object], disk: Disk
):
    with running_gateway(tmp_path, accounts, **settings, spool_full="drop") as gateway:
        async with httpx.AsyncClient(base_url=gateway.url, headers=gateway.auth, timeout=20) as client:
            assert await every_door(client) == {200: DOORS}
            disk.fill()
            assert await every_door(client) == {200: DOORS}
            dropped = await asyncio.to_thread(gateway.metric, DROPPED)
            kept = len(gateway.records())
            disk.free()
            assert await every_door(client) == {200: DOORS}
        assert kept + dropped == 2 * DOORS, "what is not there is counted"
        assert dropped > 0
        assert len(gateway.records()) == kept + DOORS
