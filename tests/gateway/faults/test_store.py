"""The object store answers 503: calls and reports go on, their rows wait on disk, and come when it is back."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.gateway.faults.every_door import CHAT, DOORS, every_door, question
from tests.gateway.faults.switched_store import SwitchedStore, switched_store
from tests.gateway.faults.waiting import until
from tests.gateway.running import Accounts, running_gateway, spooled_lines
from warehouse.object_store import open_object_store
from warehouse.settings import CACHE_BUCKET, RAW_BUCKET


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[SwitchedStore]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with switched_store() as started:
        for bucket in (RAW_BUCKET, CACHE_BUCKET):
            open_object_store(started.url, bucket).ensure_bucket()
        yield started


async def test_a_store_that_answers_503_costs_no_call_and_no_row(
    tmp_path: Path, accounts: Accounts, everybody: dict[str, str], operator: dict[str, str], store: SwitchedStore
):
    settings = {"upstreams": everybody, "object_store_url": store.url, "spool_drain_seconds": 0.1, **operator}
    with running_gateway(tmp_path, accounts, **settings) as gateway:
        async with httpx.AsyncClient(base_url=gateway.url, headers=gateway.auth, timeout=20) as client:
            assert await every_door(client) == {200: DOORS}
            await until(lambda: not spooled_lines(gateway.settings))
            store.is_down = True
            assert await every_door(client) == {200: DOORS}
            miss, hit = [
                await client.post(CHAT, json=question(9), headers={"weir-cache-enabled": "true"}) for _ in range(2)
            ]
            assert (await client.get("/readyz")).status_code == 200
            await until(lambda: any(refused.startswith("PUT /request-response-storage") for refused in store.refused))
            waiting = len(spooled_lines(gateway.settings))
            store.is_down = False
            await until(lambda: not spooled_lines(gateway.settings), 30)
        rows = Counter(record.request_id for record in gateway.records())
    assert (miss.headers["weir-cache"], hit.headers["weir-cache"]) == ("MISS", "HIT"), "memory serves meanwhile"
    assert waiting == DOORS + 2, "what could not be shipped waits on disk"
    assert (len(rows), set(rows.values())) == (2 * DOORS + 2, {1})
