"""Which credential goes to a provider: the caller's own as it came, else a kept one in the provider's style."""

import httpx
import pytest

from tests.gateway.targets.conftest import OPERATORS_KEY, Street

GOOGLE = "/google/v1beta/models/gemini-2.5-flash:generateContent"


@pytest.mark.parametrize(
    ("path", "header", "value"),
    [
        ("/anthropic/v1/messages", "authorization", "Bearer sk-ant-oat-1"),
        ("/anthropic/v1/messages", "x-api-key", "sk-ant-1"),
        ("/openai/v1/chat/completions", "authorization", "Bearer sk-own-1"),
        ("/elevenlabs/v1/text-to-speech/v", "xi-api-key", "own-1"),
        ("/sarvam/v1/chat/completions", "api-subscription-key", "own-1"),
        ("/portkey/v1/chat/completions", "x-portkey-api-key", "own-1"),
        ("/deepgram/v1/listen", "authorization", "Token own-1"),
        (GOOGLE, "x-goog-api-key", "own-1"),
        ("/vllm/v1/chat/completions", "authorization", "Bearer own-1"),
        ("/oci/20231130/actions/chat", "authorization", 'Signature version="1",keyId="own"'),
    ],
)
def test_the_callers_own_goes_on_as_it_came(street: Street, path: str, header: str, value: str):
    arrived = street.arriving(path, {header: value, "weir-host-region": "eu-west-1"}, content=b"{}")
    assert arrived.values(header) == [value]
    assert OPERATORS_KEY not in str(arrived.headers)


@pytest.mark.parametrize(
    "header", ["authorization", "x-api-key", "api-key", "x-goog-api-key", "xi-api-key", "api-subscription-key"]
)
def test_our_key_may_stand_wherever_an_sdk_puts_its_own(street: Street, header: str):
    street.house.arrived.clear()
    key = street.gateway.accounts.key
    value = f"Bearer {key}" if header == "authorization" else key
    answer = street.post("/elevenlabs/v1/text-to-speech/v", {header: value}, content=b"{}")
    [arrived] = street.house.arrived
    assert answer.status_code == 200
    assert arrived.values("xi-api-key") == [OPERATORS_KEY]
    assert key not in str(arrived)


def test_a_key_in_googles_query_goes_on_and_is_stored_nowhere(street: Street):
    street.house.arrived.clear()
    answer = street.post(f"{GOOGLE}?key=AIzaCallersOwnKey123&alt=json", street.gateway.auth, content=b"{}")
    [arrived] = street.house.arrived
    assert arrived.url.endswith(":generateContent?key=AIzaCallersOwnKey123&alt=json")
    assert arrived.values("x-goog-api-key") == []
    record = street.gateway.record(answer.headers["weir-request-id"])
    assert "AIzaCallersOwnKey123" not in str(record)


def test_a_query_that_only_looks_like_a_key_is_none_elsewhere(street: Street):
    arrived = street.arriving("/openai/v1/files?key=abc", {}, content=b"{}")
    assert arrived.values("authorization") == [f"Bearer {OPERATORS_KEY}"]


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/azure/openai/deployments/d/chat/completions", "?api-version=2024-10-21"),
        ("/azure/openai/deployments/d/chat/completions?api-version=2023-05-15", "?api-version=2023-05-15"),
        ("/azure/openai/deployments/d/chat/completions?x=1", "?x=1&api-version=2024-10-21"),
        ("/azure-v1/openai/v1/chat/completions", "completions"),
    ],
)
def test_what_a_provider_demands_of_a_query_is_added_only_where_it_is_missing(street: Street, path: str, url: str):
    arrived = street.arriving(path, {"weir-host-resource": "acme", "api-key": "own-1"}, content=b"{}")
    assert arrived.url.endswith(url)


def test_a_header_a_provider_demands_is_the_callers_if_it_sent_one(street: Street):
    arrived = street.arriving("/anthropic/v1/messages", {"Anthropic-Version": "2026-10-21"}, content=b"{}")
    assert arrived.values("anthropic-version") == ["2026-10-21"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/vertex/models/m:generateContent", "only you can make"),
        ("/oci/20231130/actions/chat", "only you can make"),
        ("/portkey/v1/chat/completions", "x-portkey-api-key: <key>"),
    ],
)
def test_who_has_no_credential_is_told_how_to_send_one(street: Street, path: str, said: str):
    headers = {**street.gateway.auth, "weir-host-project": "p"}
    answer = street.post(path, headers, content=b"{}")
    assert answer.status_code == 401
    assert said in answer.json()["error"]["message"]


def test_where_no_key_is_wanted_none_is_sent(street: Street):
    for path in ("/vllm/v1/chat/completions", "/ollama/v1/chat/completions"):
        arrived = street.arriving(path, {}, content=b"{}")
        assert arrived.values("authorization") == []


def test_an_organization_the_operator_did_not_list_gets_none_of_its_keys(street: Street):
    street.house.arrived.clear()
    answer = httpx.post(
        street.gateway.url + "/fal/x", headers={"weir-auth": street.gateway.accounts.other_key}, content=b"{}"
    )
    assert answer.status_code == 401
    assert street.house.arrived == []
