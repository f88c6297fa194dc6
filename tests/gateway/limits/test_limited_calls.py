"""Calls under limits, through the gateway: what passes, what is told, what is in the rows."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import openai
import pytest

from control import api_keys
from control.database import open_database
from control.key_limits import KeyLimit
from tests.gateway.limits.redis_server import RedisServer
from tests.gateway.running import Accounts, RunningGateway, running_gateway


@pytest.fixture(scope="module")
def limiting_gateway(
    tmp_path_factory: pytest.TempPathFactory, accounts: Accounts, upstreams: dict[str, str]
) -> Iterator[RunningGateway]:
    with running_gateway(tmp_path_factory.mktemp("limiting"), accounts, upstreams=upstreams) as started:
        yield started


def body_of(question: str = "hi", **more: object) -> dict[str, object]:
    return {"model": "demo-small", "messages": [{"role": "user", "content": question}]} | more


def ask(
    gateway: RunningGateway, headers: dict[str, str], body: object = None, key: str | None = None
) -> httpx.Response:
    return httpx.post(
        f"{gateway.url}/demo/v1/chat/completions",
        headers={"Weir-Auth": f"Bearer {key or gateway.accounts.key}"} | headers,
        json=body_of() if body is None else body,
        timeout=30,
    )


async def ask_at_once(
    gateway: RunningGateway, headers: dict[str, str], times: int, key: str | None = None
) -> list[int]:
    async with httpx.AsyncClient(
        headers={"Weir-Auth": f"Bearer {key or gateway.accounts.key}"} | headers, timeout=60
    ) as client:
        url = f"{gateway.url}/demo/v1/chat/completions"
        answers = await asyncio.gather(*(client.post(url, json=body_of()) for _ in range(times)))
    return [answer.status_code for answer in answers]


def somebody() -> dict[str, str]:
    return {"Helicone-User-Id": uuid4().hex}


def key_with(gateway: RunningGateway, *limits: KeyLimit) -> str:
    engine = open_database(gateway.settings.database_url)
    _, secret = api_keys.create(engine, gateway.accounts.organization_id, "limited", limits=limits)
    engine.dispose()
    return secret


async def test_of_many_calls_at_once_exactly_the_quota_passes(limiting_gateway: RunningGateway):
    policy = somebody() | {"Helicone-RateLimit-Policy": "5;w=600;s=user"}
    statuses = await ask_at_once(limiting_gateway, policy, 40)
    assert (statuses.count(200), statuses.count(429)) == (5, 35)


def test_a_refusal_is_in_the_callers_dialect_with_all_headers_and_a_row(limiting_gateway: RunningGateway):
    policy = somebody() | {"Helicone-RateLimit-Policy": "1;w=600;s=user"}
    passed, refused = ask(limiting_gateway, policy), ask(limiting_gateway, policy)
    assert (passed.status_code, passed.headers["ratelimit-remaining"]) == (200, "0")
    assert passed.headers["helicone-ratelimit-policy"] == "1;w=600;u=request"
    assert refused.status_code == 429
    assert refused.json()["error"]["type"] == "rate_limited" or refused.json()["error"]["code"] == "rate_limited"
    assert "1;w=600;u=request;s=user" in refused.json()["error"]["message"]
    seconds = int(refused.headers["retry-after"])
    assert 590 <= seconds <= 610
    for prefix in ("", "weir-", "helicone-"):
        assert refused.headers[f"{prefix}ratelimit-limit"] == "1"
        assert refused.headers[f"{prefix}ratelimit-remaining"] == "0"
        assert abs(int(refused.headers[f"{prefix}ratelimit-reset"]) - seconds) <= 1
    assert refused.headers["ratelimit-policy"] == "1;w=600"
    row = limiting_gateway.record(refused.headers["weir-request-id"])
    assert (row.status_code, row.error_type) == (429, "rate_limited")
    assert row.rate_limit_policy == "1;w=600;u=request;s=user"
    assert row.attempts == []
    assert limiting_gateway.record(passed.headers["weir-request-id"]).rate_limit_policy is None


def test_an_sdk_knows_the_refusal(limiting_gateway: RunningGateway):
    with openai.OpenAI(
        base_url=f"{limiting_gateway.url}/demo/v1",
        api_key=limiting_gateway.accounts.key,
        default_headers=somebody() | {"Weir-RateLimit-Policy": "1;w=60;s=user"},
        max_retries=0,
    ) as client:
        client.chat.completions.create(model="demo-small", messages=[{"role": "user", "content": "hi"}])
        with pytest.raises(openai.RateLimitError):
            client.chat.completions.create(model="demo-small", messages=[{"role": "user", "content": "hi"}])


def test_messages_get_their_own_shape(limiting_gateway: RunningGateway):
    headers = limiting_gateway.auth | somebody() | {"Weir-RateLimit-Policy": "1;w=60;s=user"}
    body = {"model": "demo-small", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
    url = f"{limiting_gateway.url}/demo/v1/messages"
    answers = [httpx.post(url, headers=headers, json=body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert (answers[1].json()["type"], answers[1].json()["error"]["type"]) == ("error", "rate_limit_error")


def test_segments_organizations_and_policies_count_apart(limiting_gateway: RunningGateway):
    name = uuid4().hex
    one = {"Weir-RateLimit-Policy": "1;w=60;s=tenant", "Weir-Property-Tenant": name}
    other = one | {"Weir-Property-Tenant": f"{name}-2"}
    longer = one | {"Weir-RateLimit-Policy": "2;w=60;s=tenant"}
    assert [ask(limiting_gateway, each).status_code for each in (one, one, other, longer, longer, longer)] == [
        *(200, 429, 200, 200, 200, 429)
    ]
    assert ask(limiting_gateway, one, key=limiting_gateway.accounts.other_key).status_code == 200


def test_several_policies_hold_at_once_and_the_tightest_is_told(limiting_gateway: RunningGateway):
    headers = somebody() | {"Weir-RateLimit-Policy": "100;w=60;s=user, 2;w=3600;s=user"}
    first = ask(limiting_gateway, headers)
    assert (first.headers["ratelimit-limit"], first.headers["ratelimit-remaining"]) == ("2", "1")
    assert first.headers["ratelimit-policy"] == "100;w=60, 2;w=3600"
    assert ask(limiting_gateway, headers).status_code == 200
    refused = ask(limiting_gateway, headers)
    row = limiting_gateway.record(refused.headers["weir-request-id"])
    assert row.rate_limit_policy == "2;w=3600;u=request;s=user"


def test_tokens_are_counted_as_the_provider_reports_them(limiting_gateway: RunningGateway):
    headers = somebody() | {"Weir-RateLimit-Policy": "1000;w=600;u=token;s=user"}
    first = ask(limiting_gateway, headers)
    usage = first.json()["usage"]["total_tokens"]
    second = ask(limiting_gateway, headers)
    guess = -(-len(second.request.content) // 4)
    assert int(second.headers["ratelimit-remaining"]) == 1000 - usage - guess


def test_an_overshoot_is_not_forgotten(limiting_gateway: RunningGateway):
    headers = somebody() | {"Weir-RateLimit-Policy": "3;w=600;u=token;s=user"}
    assert ask(limiting_gateway, headers).status_code == 200
    assert ask(limiting_gateway, headers).status_code == 429


def test_the_most_tokens_an_answer_may_have_are_reserved(limiting_gateway: RunningGateway):
    headers = somebody() | {"Weir-RateLimit-Policy": "1000;w=600;u=token;s=user"}
    answer = ask(limiting_gateway, headers, body_of(max_tokens=900))
    assert int(answer.headers["ratelimit-remaining"]) == 1000 - 900 - -(-len(answer.request.content) // 4)
    again = ask(limiting_gateway, headers, body_of(max_tokens=1))
    assert again.status_code == 200
    assert int(again.headers["ratelimit-remaining"]) > 500


def test_cents_are_counted_by_the_prices_at_hand(limiting_gateway: RunningGateway):
    headers = somebody() | {"Weir-RateLimit-Policy": "0.0001;w=600;u=cents;s=user"}
    url, auth = f"{limiting_gateway.url}/openai/v1/chat/completions", {"Authorization": "Bearer sk-provider-012345678"}
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}
    answers = [httpx.post(url, headers=limiting_gateway.auth | headers | auth, json=body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[0].headers["helicone-ratelimit-limit"] == "0.0001"


@pytest.mark.parametrize("unit", ["token", "cents"])
def test_a_call_that_failed_uses_no_tokens(limiting_gateway: RunningGateway, unit: str):
    headers = somebody() | {"Weir-RateLimit-Policy": f"1;w=600;u={unit};s=user"}
    failing = body_of() | {"model": "demo-small+status=500"}
    assert [ask(limiting_gateway, headers, failing).status_code for _ in range(3)] == [500] * 3


def test_what_the_cache_answers_counts_as_a_request_and_uses_no_tokens(limiting_gateway: RunningGateway):
    cached = somebody() | {"Weir-Cache-Enabled": "true", "Weir-Cache-Seed": uuid4().hex}
    ask(limiting_gateway, cached)
    tokens = cached | {"Weir-RateLimit-Policy": "1;w=600;u=token;s=user"}
    assert [ask(limiting_gateway, tokens).headers["weir-cache"] for _ in range(3)] == ["HIT"] * 3
    requests = cached | {"Weir-RateLimit-Policy": "2;w=600;s=user"}
    answers = [ask(limiting_gateway, requests) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"Helicone-RateLimit-Policy": "many;w=60"}, "quota;w=seconds"),
        ({"Weir-RateLimit-Policy": "1;w=60;s=user"}, "Weir-User-Id"),
        ({"Weir-RateLimit-Policy": "1;w=60;s=tenant"}, "Weir-Property-Tenant"),
    ],
)
def test_policies_that_make_no_sense_are_refused(limiting_gateway: RunningGateway, headers: dict[str, str], told: str):
    answer = ask(limiting_gateway, headers)
    assert answer.status_code == 400
    assert told in answer.json()["error"]["message"]


async def test_the_limits_of_a_key_hold_whatever_the_headers_say(limiting_gateway: RunningGateway):
    secret = key_with(limiting_gateway, KeyLimit(4, 60), KeyLimit(1000, 86_400))
    statuses = await ask_at_once(limiting_gateway, {"Weir-RateLimit-Policy": "100;w=60"}, 20, secret)
    assert (statuses.count(200), statuses.count(429)) == (4, 16)
    refused = ask(limiting_gateway, {}, key=secret)
    row = limiting_gateway.record(refused.headers["weir-request-id"])
    assert row.rate_limit_policy == "key 4;w=60;u=request"


async def test_a_budget_over_a_day_holds_for_many_at_once(limiting_gateway: RunningGateway):
    secret = key_with(limiting_gateway, KeyLimit(3, 86_400))
    statuses = await ask_at_once(limiting_gateway, {}, 20, secret)
    assert (statuses.count(200), statuses.count(429)) == (3, 17)


def test_a_budget_that_refuses_leaves_the_counters_alone(limiting_gateway: RunningGateway):
    secret = key_with(limiting_gateway, KeyLimit(1, 86_400, "token"), KeyLimit(100, 60))
    assert ask(limiting_gateway, {}, key=secret).status_code == 200
    assert [ask(limiting_gateway, {}, key=secret).status_code for _ in range(3)] == [429] * 3


def test_calls_without_limits_are_told_nothing_of_them(limiting_gateway: RunningGateway):
    answer = ask(limiting_gateway, {})
    assert not [name for name in answer.headers if "ratelimit" in name]


@pytest.mark.parametrize(("away", "status"), [("open", 200), ("closed", 503)])
def test_when_redis_dies_the_operators_choice_is_followed(
    tmp_path: Path, accounts: Accounts, upstreams: dict[str, str], away: str, status: int
):
    server = RedisServer(tmp_path)
    server.start()
    policy = somebody() | {"Weir-RateLimit-Policy": "2;w=600;s=user"}
    settings = {"upstreams": upstreams, "redis_url": server.url, "redis_away": away}
    with running_gateway(tmp_path, accounts, **settings) as gateway:
        assert [ask(gateway, policy).status_code for _ in range(3)] == [200, 200, 429]
        server.kill()
        assert {ask(gateway, policy).status_code for _ in range(3)} == {status}
        assert ask(gateway, {}).status_code == 200, "calls without limits do not care"
        text = httpx.get(f"{gateway.url}/metrics").text
        assert "weir_limits_away_total 3.0" in text


def test_two_gateways_share_limits_in_redis(
    tmp_path: Path, accounts: Accounts, upstreams: dict[str, str], redis_server: RedisServer
):
    policy = somebody() | {"Weir-RateLimit-Policy": "3;w=600;s=user"}
    settings = {"upstreams": upstreams, "redis_url": redis_server.url}
    places = [tmp_path / "one", tmp_path / "other"]
    for place in places:
        place.mkdir()
    with (
        running_gateway(places[0], accounts, **settings) as one,
        running_gateway(places[1], accounts, **settings) as other,
    ):
        assert [ask(each, policy).status_code for each in (one, other, one, other)] == [200, 200, 200, 429]
