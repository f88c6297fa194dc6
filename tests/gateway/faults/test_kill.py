"""The promise holds at the newer doors too: after kill -9, what was wholly delivered or thanked for is one row."""

import asyncio
import json
import os
import shutil
import signal
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import aiohttp
import pytest

from gateway.logged.otlp.exchange import request_id_of
from gateway.settings import GatewaySettings
from tests.gateway.faults.callers import CALLERS, TRANSLATED
from tests.gateway.logged.conftest import form
from tests.gateway.logged.conventional_spans import OPENTELEMETRY
from tests.gateway.logged.exports import protobuf, span
from tests.gateway.running import Accounts, records_under, spooled_lines
from tests.gateway.test_promise import gateway_process

CONCURRENT_CALLS = 64
ENOUGH_OF_EACH = 40
SPANS = 5


@dataclass
class Seen:
    """What the clients began and what they saw delivered: the names of calls, or the ids of reported spans."""

    begun: set[str | UUID] = field(default_factory=set)
    delivered: dict[str, set[str | UUID]] = field(
        default_factory=lambda: {kind: set() for kind in ("translated", "kept", "log", "spans")}
    )

    @property
    def all_delivered(self) -> set[str | UUID]:
        return set().union(*self.delivered.values())


class Client:
    """Calls and reports on many connections at once until the gateway breaks."""

    def __init__(self, url: str, seen: Seen) -> None:
        self._url = url
        self._seen = seen
        self.enough = asyncio.Event()

    async def go_on(self, key: str, round: int) -> None:
        connector, timeout = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(
            connector=connector, timeout=timeout, headers={"weir-auth": f"Bearer {key}"}
        ) as self._session:
            await asyncio.gather(*(self._one(f"{round}-{number}", number) for number in range(CONCURRENT_CALLS)))

    async def _one(self, name: str, number: int) -> None:
        kind = tuple(self._seen.delivered)[number % len(self._seen.delivered)]
        ask = {"translated": self._translated, "kept": self._kept, "log": self._log, "spans": self._spans}[kind]
        for turn in range(1000):
            try:
                self._seen.delivered[kind].update(await ask(f"{name}-{turn}", number))
            except aiohttp.ClientError:
                return
            if min(map(len, self._seen.delivered.values())) >= ENOUGH_OF_EACH:
                self.enough.set()

    async def _translated(self, name: str, number: int) -> set[str | UUID]:
        caller, model = TRANSLATED[number % len(TRANSLATED)]
        request = CALLERS[caller].asks(f"{model}+chunks=6+chunk-ms=3", stream=True)
        self._seen.begun.add(name)
        came = b""
        async with self._session.post(
            self._url + request["url"], json=request["json"], headers={"weir-user-id": name}
        ) as answer:
            assert answer.status == 200
            try:
                async for piece in answer.content.iter_any():
                    came += piece
            except aiohttp.ClientError:
                if CALLERS[caller].over not in came:
                    raise
        assert CALLERS[caller].over in came
        return {name}

    async def _kept(self, name: str, number: int) -> set[str | UUID]:
        """Asks what has been asked before, streams and whole answers."""
        headers = {"weir-user-id": name, "weir-cache-enabled": "true"}
        request = CALLERS["chat_completions"].asks("demo/demo-small", stream=number % 8 == 1)
        self._seen.begun.add(name)
        async with self._session.post(self._url + request["url"], json=request["json"], headers=headers) as answer:
            assert answer.status == 200
            await answer.read()
        return {name}

    async def _log(self, name: str, _number: int) -> set[str | UUID]:
        self._seen.begun.add(name)
        headers, body = {"weir-user-id": name}, form(request={"model": "m"})
        async with self._session.post(f"{self._url}/custom/v1/log", json=body, headers=headers) as answer:
            assert answer.status == 200
            await answer.read()
        return {name}

    async def _spans(self, _name: str, _number: int) -> set[str | UUID]:
        spans = [span(OPENTELEMETRY) for _ in range(SPANS)]
        ids: set[str | UUID] = {request_id_of(each["trace_id"], each["span_id"]) for each in spans}
        self._seen.begun |= ids
        headers = {"content-type": "application/x-protobuf"}
        async with self._session.post(f"{self._url}/v1/traces", data=protobuf(*spans), headers=headers) as answer:
            assert answer.status == 200
            await answer.read()
        return ids


@pytest.mark.timeout(120)
@pytest.mark.usefixtures("operator")
async def test_kill_9_loses_nothing_at_the_doors_that_translate_keep_and_take_reports(
    tmp_path: Path, accounts: Accounts, everybody: dict[str, str]
):
    database = shutil.copy(accounts.database, tmp_path / "weir.db")
    settings = GatewaySettings(data_dir=tmp_path, database_url=f"sqlite:///{database}")
    environment = {
        **os.environ,
        "WEIR_DATA_DIR": str(tmp_path),
        "WEIR_UPSTREAMS": json.dumps(everybody),
        "WEIR_OPERATOR_KEY_ORGANIZATIONS": str(accounts.organization_id),
        "WEIR_SPOOL_SEAL_SECONDS": "0.2",
    }
    seen = Seen()
    with gateway_process(environment) as (process, url):
        client = Client(url, seen)
        calling = asyncio.create_task(client.go_on(accounts.key, 0))
        await asyncio.wait({asyncio.create_task(client.enough.wait()), calling}, return_when=asyncio.FIRST_COMPLETED)
        assert not calling.done() or calling.result() is None
        process.send_signal(signal.SIGKILL)
        await calling
    with gateway_process(environment) as (process, _):
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 30) == -signal.SIGTERM

    assert spooled_lines(settings) == set()
    records = records_under(settings)
    rows = Counter(record.request_id if record.source == "otlp" else record.user_id for record in records)
    assert seen.begun - seen.all_delivered, "some calls broke, or the drill was none"
    assert [call for call in seen.all_delivered if rows[call] != 1] == []
    assert max(rows.values()) == 1
    assert rows.keys() <= seen.begun
    by_name = {record.user_id: record for record in records}
    assert {by_name[name].error_type for name in seen.delivered["translated"]} == {None}
    assert {by_name[name].usage_source for name in seen.delivered["translated"]} == {"reported"}
    assert sum(by_name[name].cache_hit for name in seen.delivered["kept"]) > ENOUGH_OF_EACH // 2
