"""Every header addressed to us is heeded, or the answer says that it is not."""

import asyncio
import re
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from control import api_keys
from control.database import open_database
from control.key_limits import KeyLimit
from gateway.caller.annotations import read_annotations
from gateway.caller.head import Head
from gateway.caller.known_headers import HEEDED, HEEDED_PREFIXES, NEEDLESS, UNMET, warnings_about
from gateway.errors import BadRequest
from tests.gateway.running import RunningGateway
from tests.gateway.vendor import response, vendor
from warehouse.record import Exchange, Pair

GATEWAY = Path(__file__).parents[2] / "gateway"
BODY = {"model": "demo-small", "messages": [{"role": "user", "content": "hi"}]}
SECRET = "phc_0123456789abcdefghij"


def head_of(headers: dict[str, str]) -> Head:
    return Head([(name.lower().encode(), value.encode()) for name, value in headers.items()])


def ask(gateway: RunningGateway, headers: dict[str, str], path: str = "/demo/v1/chat/completions") -> httpx.Response:
    return httpx.post(f"{gateway.url}{path}", headers=gateway.auth | headers, json=BODY, timeout=30)


def asked(gateway: RunningGateway, headers: dict[str, str]) -> tuple[str | None, Exchange]:
    answer = ask(gateway, headers)
    assert answer.status_code == 200, answer.text
    return answer.headers.get("weir-warnings"), gateway.record(answer.headers["weir-request-id"])


async def told_and_sent(gateway: RunningGateway, headers: dict[str, str]) -> tuple[httpx.Response, str]:
    """Sends a call to a host of nobody's; returns the answer and the head that arrived there."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(response(b"{}", "content-type: application/json"))

    async with vendor(answer) as started, httpx.AsyncClient(timeout=30) as client:
        own = gateway.auth | {"Helicone-Target-URL": started.url, "Authorization": "Bearer own-key-1"}
        answered = await client.post(f"{gateway.url}/v1/anything", headers=own | headers, json=BODY)
        return answered, started.heads[0].decode()


def test_whatever_the_gateway_reads_counts_as_heeded():
    """Otherwise a caller would be warned of a header that works."""
    named = (
        r"""(?:ours(?:\.get\(|\[|, )|_flag\(ours, |_number\(ours, )"([a-z-]+)"|"([a-z-]+)" (?:not )?in (?:\w+\.)*ours"""
    )
    read = {
        name
        for file in GATEWAY.rglob("*.py")
        for names in re.findall(named, file.read_text())
        for name in names
        if name
    }
    assert read >= {"request-id", "cache-enabled", "fallbacks", "retry-num", "model-override"}
    assert read <= HEEDED
    assert not HEEDED & (NEEDLESS | UNMET.keys())


@pytest.mark.parametrize("name", sorted(HEEDED | NEEDLESS) + [f"{prefix}x" for prefix in HEEDED_PREFIXES])
def test_a_header_that_works_or_is_not_needed_brings_no_warning(name: str):
    beside = {"Weir-Retry-Enabled": "true", "Weir-Cache-Enabled": "true", "Weir-Target-URL": "https://host"}
    assert warnings_about(head_of({f"Helicone-{name}": "1"} | beside), model_decides=True) == []


@pytest.mark.parametrize("name", sorted(UNMET))
def test_a_header_that_has_no_effect_is_named(name: str):
    for prefix in ("Helicone", "X-Helicone"):
        (warning,) = warnings_about(head_of({f"{prefix}-{name}": "true"}), model_decides=True)
        assert warning.startswith(f"Helicone-{name.title()} has no effect: ")
    assert warnings_about(head_of({f"Helicone-{name}": "false"}), model_decides=True) == []


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("Retry-Num", "Retry-Enabled"),
        ("Cache-Seed", "Cache-Enabled"),
        ("Cache-Control", "Cache-Enabled"),
        ("Target-Provider", "Target-Url"),
    ],
)
def test_a_header_that_wants_another_beside_it_says_so(name: str, needed: str):
    told = warnings_about(head_of({f"Weir-{name}": "3"}), model_decides=True)
    assert told == [f"Weir-{name} has no effect without Weir-{needed}"]


@pytest.mark.parametrize("name", ["Route", "Strategy"])
def test_nothing_is_left_to_choose_where_the_path_names_the_provider(name: str):
    head = head_of({f"Weir-{name}": "latency"})
    told = warnings_about(head, model_decides=False)
    assert told == [f"Weir-{name} has no effect: the path names who is asked"]
    assert warnings_about(head, model_decides=True) == []


def test_a_misspelt_header_is_told_from_one_that_nobody_knows():
    misspelt = head_of({"Weir-Cahce-Enabled": "true", "Helicone-Zzz": "1"})
    assert warnings_about(misspelt, model_decides=True) == [
        "Weir-Cahce-Enabled is not known and has no effect; did you mean Weir-Cache-Enabled?",
        "Helicone-Zzz is not known and has no effect",
    ]


@pytest.mark.parametrize("path", ["/demo/v1/chat/completions", "/v1/chat/completions"])
def test_an_answer_names_the_guard_that_is_not_there(gateway: RunningGateway, path: str):
    seed = uuid4().hex
    headers = {
        "Helicone-Moderations-Enabled": "true",
        "Helicone-Cache-Enabled": "true",
        "Helicone-Cache-Seed": seed,
        "Helicone-Retry-Enabled": "true",
    }
    for kept in ("MISS", "HIT"):
        answer = ask(gateway, headers, path)
        assert answer.headers["helicone-cache"] == kept
        assert "Helicone-Moderations-Enabled has no effect" in answer.headers["weir-warnings"]
    refused = ask(gateway, headers | {"Helicone-RateLimit-Policy": "0;w=1"}, path)
    assert refused.status_code == 400
    assert "Moderations" in refused.headers["weir-warnings"]


async def test_keys_of_other_services_are_neither_kept_nor_sent_on(open_gateway: RunningGateway):
    headers = {
        "Helicone-Posthog-Key": SECRET,
        "X-Helicone-Posthog-Api-Key": SECRET,
        "Helicone-Lytix-Key": SECRET,
        "Helicone-Manual-Access-Key": SECRET,
        "X-Stripe-Customer-Id": "cus_NffrFeUfNV2Hib",
    }
    answer, head = await told_and_sent(open_gateway, headers)
    assert SECRET not in head
    assert "cus_" not in head
    assert SECRET not in answer.headers["weir-warnings"]
    assert SECRET not in str(open_gateway.record(answer.headers["weir-request-id"]))


def test_a_call_is_recorded_as_the_model_its_caller_says(gateway: RunningGateway):
    for name in ("Weir-Model-Override", "Helicone-Model-Override", "X-Helicone-Model-Override"):
        warnings, record = asked(gateway, {name: "gpt-4o"})
        assert (record.request_model, record.model_override, warnings) == ("demo-small", "gpt-4o", None)


def test_a_key_with_a_budget_cannot_choose_what_it_is_charged(gateway: RunningGateway):
    engine = open_database(gateway.settings.database_url)
    limit = KeyLimit(1000, 3600, "cent")
    _, secret = api_keys.create(engine, gateway.accounts.organization_id, "limited", limits=[limit])
    engine.dispose()
    warnings, record = asked(gateway, {"Weir-Auth": f"Bearer {secret}", "Weir-Model-Override": "nothing"})
    assert record.model_override is None
    assert warnings is not None
    assert "limit in cents" in warnings


def test_what_a_prompt_was_filled_with_is_recorded_unless_the_request_is_not(gateway: RunningGateway):
    said = {"Helicone-Prompt-Id": "weather", "Helicone-Prompt-Inputs": '{"city": "Lyon", "days": 3, "tags": ["a"]}'}
    _, record = asked(gateway, said)
    inputs = [Pair("city", "Lyon"), Pair("days", "3"), Pair("tags", '["a"]')]
    assert (record.prompt_id, record.prompt_inputs) == ("weather", inputs)
    _, record = asked(gateway, said | {"Helicone-Omit-Request": "true"})
    assert (record.prompt_id, record.prompt_inputs, record.request_body) == ("weather", [], None)


@pytest.mark.parametrize("value", ["", "city=Lyon", "[]", '{"city": ', "\xff"])
def test_inputs_that_are_no_object_are_refused_in_words(value: str):
    with pytest.raises(BadRequest, match="Weir-Prompt-Inputs"):
        read_annotations(head_of({"Weir-Prompt-Inputs": value}))


async def test_a_host_that_is_not_known_may_be_given_a_providers_name(open_gateway: RunningGateway):
    for label, provider in (("OPENAI", "openai"), ("nobody", "custom")):
        answer, _ = await told_and_sent(open_gateway, {"Helicone-Target-Provider": label})
        assert open_gateway.record(answer.headers["weir-request-id"]).provider == provider
