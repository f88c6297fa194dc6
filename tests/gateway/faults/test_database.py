"""The application database is gone, or says nothing: what is known goes on, what is not is told so, in time."""

import asyncio
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control import api_keys, provider_keys
from control.database import open_database
from control.key_limits import KeyLimit
from control.sealing import SecretBox
from gateway.caller import keys
from tests.gateway.faults.callers import CALLERS
from tests.gateway.faults.every_door import CHAT, DOORS, every_door, question, report
from tests.gateway.faults.waiting import until
from tests.gateway.running import Accounts, RunningGateway, running_gateway
from tests.gateway.vendor import response, vendor

SECRET_KEY = "a secret key of thirty-two characters"
STORED = "stored-d33ps33k-5d1f7b3c9e"
UP = "weir_gateway_database_up"
AWAY = "_away"


@pytest.fixture
def gateway(
    tmp_path: Path, accounts: Accounts, everybody: dict[str, str], operator: dict[str, str]
) -> Iterator[RunningGateway]:
    settings = {"upstreams": everybody, "allowed_targets": "127.0.0.1", **operator}
    with running_gateway(tmp_path, accounts, **settings) as started:
        yield started


def lose(gateway: RunningGateway, back: bool = False) -> None:
    """Makes every read and write fail, by taking all tables away; or puts them back."""
    engine = open_database(gateway.settings.database_url)
    with engine.begin() as connection:
        for name in sa.inspect(connection).get_table_names():
            renamed = name.removesuffix(AWAY) if back else name + AWAY
            connection.exec_driver_sql(f'alter table "{name}" rename to "{renamed}"')
    engine.dispose()


def is_noticed(gateway: RunningGateway) -> bool:
    return gateway.metric(UP) == 0


async def test_known_keys_go_on_through_every_door_and_unknown_ones_are_told_to_come_again(gateway: RunningGateway):
    async with httpx.AsyncClient(base_url=gateway.url, headers=gateway.auth, timeout=20) as client:
        cached = {"weir-cache-enabled": "true"}
        assert (await client.post(CHAT, json=question(5), headers=cached)).headers["weir-cache"] == "MISS"
        await asyncio.to_thread(lose, gateway)
        await until(lambda: is_noticed(gateway))
        assert await every_door(client) == {200: DOORS}
        hit = await client.post(CHAT, json=question(5), headers=cached)
        new = {"weir-auth": f"Bearer sk-weir-{'Ab1-' * 10}xyz"}
        strangers = [
            await client.post(**CALLERS["messages"].asks("demo-small", stream=True), headers=new),
            await client.post("/custom/v1/log", headers=new, json={}),
        ]
        ready = await client.get("/readyz")
        rows = len(gateway.records())
        await asyncio.to_thread(lose, gateway, back=True)
        engine = open_database(gateway.settings.database_url)
        _, secret = api_keys.create(engine, gateway.accounts.organization_id, "made since")
        engine.dispose()
        await until(lambda: gateway.metric(UP) == 1)
        back = await client.post(CHAT, json=question(), headers={"weir-auth": secret})
    assert hit.headers["weir-cache"] == "HIT", "the epoch is known"
    assert [answer.status_code for answer in strangers] == [503, 503]
    assert strangers[0].json()["type"] == "error"
    assert all(answer.headers["retry-after"] for answer in strangers)
    assert ready.status_code == 200, "a balancer must not take it away for that"
    assert rows == DOORS + 2
    assert back.status_code == 200


async def test_stored_provider_keys_and_budgets_go_on_without_the_database(tmp_path: Path, accounts: Accounts):
    database = tmp_path / "accounts.db"
    shutil.copy(accounts.database, database)
    engine = open_database(f"sqlite:///{database}")
    box = SecretBox([SECRET_KEY])
    provider_keys.create(engine, box, accounts.organization_id, "openai", "stored", STORED)
    limits = [KeyLimit(3, 86_400), KeyLimit(100, 60)]
    _, limited = api_keys.create(engine, accounts.organization_id, "limited", limits=limits)
    engine.dispose()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(response(b'{"choices":[]}', "content-type: application/json"))

    async with vendor(answer) as provider:
        accounts = Accounts(**{**vars(accounts), "database": database})
        settings = {"upstreams": {"openai": f"{provider.url}/v1"}, "secret_key": SECRET_KEY}
        with running_gateway(tmp_path, accounts, **settings) as gateway:
            await asyncio.to_thread(lose, gateway)
            await until(lambda: is_noticed(gateway))
            async with httpx.AsyncClient(base_url=gateway.url, headers={"weir-auth": limited}, timeout=20) as client:
                request = CALLERS["chat_completions"].asks("gpt-4o", stream=False)
                answers = [await client.post(**request) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert all(f"Bearer {STORED}".encode() in head for head in provider.heads)
    assert len(provider.heads) == 3


async def test_a_database_that_says_nothing_holds_up_nobody_for_long(
    gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch
):
    """It hangs for every read: those of unknown keys, however many, and the one that looks for changes."""
    silence = threading.Event()

    def hang(_engine: Engine, _asked: object) -> None:
        silence.wait(30)

    monkeypatch.setattr(keys, "READ_SECONDS", 0.2)
    monkeypatch.setattr(keys, "find_by_hash", hang)
    monkeypatch.setattr(keys, "changes_since", hang)
    try:
        async with httpx.AsyncClient(base_url=gateway.url, headers=gateway.auth, timeout=10) as client:
            strangers = await asyncio.gather(
                *(
                    client.post(CHAT, json=question(), headers={"weir-auth": f"sk-weir-{'Ab1-' * 10}{number:03}"})
                    for number in range(15)
                )
            )
            assert {answer.status_code for answer in strangers} == {503}
            assert await every_door(client) == {200: DOORS}
            assert [answer.status_code for answer in await report(client)] == [200, 200]
            await until(lambda: is_noticed(gateway))
    finally:
        silence.set()
