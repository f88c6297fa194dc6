"""Ways around a limit, and ways to take the limits of others away."""

from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from gateway.limits.counters import Want
from gateway.limits.memory import MemoryCounters
from tests.gateway.limits.redis_server import RedisServer
from tests.gateway.running import Accounts, RunningGateway, running_gateway


def ask(gateway: RunningGateway, key: str, policy: str, *, path: str = "/openai", **more: object) -> httpx.Response:
    headers = {"Weir-Auth": f"Bearer {key}", "Authorization": "Bearer own-key", "Weir-RateLimit-Policy": policy}
    headers |= {name: str(more.pop(name)) for name in list(more) if name.startswith("Weir-")}
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": uuid4().hex}]} | more
    return httpx.post(f"{gateway.url}{path}/v1/chat/completions", headers=headers, json=body, timeout=30)


@pytest.mark.parametrize("away", ["open", "closed"])
def test_a_number_nobody_can_count_does_not_put_the_counters_of_all_out_of_use(
    tmp_path: Path, accounts: Accounts, upstreams: dict[str, str], away: str
):
    server = RedisServer(tmp_path)
    server.start()
    settings = {"upstreams": upstreams, "redis_url": server.url, "redis_away": away}
    try:
        with running_gateway(tmp_path, accounts, **settings) as gateway:
            for most in (2**62, 2**63 - 1, 2**63, 10**30, -(10**30)):
                for field in ("max_tokens", "max_completion_tokens"):
                    ask(gateway, accounts.other_key, "1000;w=600;u=token, 90;w=60;u=cents", **{field: most})
                    answer = ask(gateway, accounts.key, "5;w=600")
                    assert "ratelimit-remaining" in answer.headers
            assert answer.status_code == 429
            assert gateway.metric("weir_limits_away_total") == 0
    finally:
        server.kill()


async def test_a_flood_of_names_takes_no_counters_from_others(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gateway.limits.memory._MOST_COUNTERS", 100)
    counters = MemoryCounters()
    victims = Want("key|1", 1, 60_000, 1, True)
    assert (await counters.reserve("victim", [victims])).refused is None
    for _ in range(500):
        await counters.reserve("flooding", [Want(uuid4().hex, 1, 60_000, 1, True)])
    assert len(counters) == 100
    assert (await counters.reserve("victim", [victims])).refused == 0


@pytest.mark.parametrize("unit", ["token", "cents"])
def test_a_limited_stream_tells_its_usage_even_if_the_caller_would_rather_not(gateway: RunningGateway, unit: str):
    policy = f"1000000;w=600;u={unit}"
    headers = {"Weir-Stream-Usage": "false"}
    answer = ask(gateway, gateway.accounts.key, policy, stream=True, stream_options={"include_usage": False}, **headers)
    assert answer.status_code == 200
    assert '"usage":{' not in answer.text
    record = gateway.record(answer.headers["weir-request-id"])
    assert record.usage_source == "reported"
    assert record.output_tokens


def test_without_such_a_limit_the_stream_is_the_callers(gateway: RunningGateway):
    answer = ask(gateway, gateway.accounts.key, "1000;w=600", stream=True, **{"Weir-Stream-Usage": "false"})
    assert gateway.record(answer.headers["weir-request-id"]).usage_source == "none"
