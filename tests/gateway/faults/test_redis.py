"""Redis dies and comes back under traffic: each call is counted, or let go, or refused, as the operator chose."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.gateway.faults.every_door import CHAT, question
from tests.gateway.faults.waiting import until
from tests.gateway.limits.redis_server import RedisServer
from tests.gateway.running import Accounts, running_gateway

CALLERS = 8
AWAY = "weir_limits_away_total"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    made = RedisServer(tmp_path)
    made.start()
    yield made
    made.kill()


@pytest.mark.parametrize(("away", "meanwhile"), [("open", 200), ("closed", 503)])
async def test_redis_killed_in_mid_traffic_and_back(
    tmp_path: Path, accounts: Accounts, everybody: dict[str, str], server: RedisServer, away: str, meanwhile: int
):
    policy = {"weir-ratelimit-policy": "100000;w=600;s=user", "weir-user-id": uuid4().hex}
    answers: list[httpx.Response] = []
    is_over = False
    with running_gateway(tmp_path, accounts, upstreams=everybody, redis_url=server.url, redis_away=away) as gateway:
        headers = gateway.auth | policy
        async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=20) as client:

            async def keep_calling() -> None:
                while not is_over:
                    answers.append(await client.post(CHAT, json=question()))

            calling = [asyncio.create_task(keep_calling()) for _ in range(CALLERS)]
            await until(lambda: len(answers) > 2 * CALLERS)
            await asyncio.to_thread(server.kill)
            gone_at = len(answers)
            await until(lambda: gateway.metric(AWAY) > CALLERS)
            since = len(answers)
            await until(lambda: len(answers) > since + CALLERS)
            during = answers[gone_at + CALLERS : since]
            await asyncio.to_thread(server.start)
            await until(lambda: "ratelimit-limit" in answers[-1].headers)
            is_over = True
            await asyncio.gather(*calling)
        rows = Counter(str(row.request_id) for row in gateway.records())
    assert {answer.status_code for answer in answers} == {200, meanwhile}
    assert {answer.status_code for answer in during} <= {meanwhile}
    assert all("ratelimit-limit" not in answer.headers for answer in during)
    assert [
        answer.headers["weir-request-id"] for answer in answers if rows[answer.headers["weir-request-id"]] != 1
    ] == []
    server.kill()
