"""Calls answered from the response cache, through the vendors' own SDKs, and their rows."""

import json
from collections.abc import Callable
from uuid import uuid4

import anthropic
import httpx
import openai
import pytest

from tests.gateway.running import RunningGateway
from warehouse.record import Exchange

PROVIDER_KEY = "sk-provider-0123456789abcdef"
Seed = Callable[[], dict[str, str]]


def ask(
    gateway: RunningGateway, headers: dict[str, str], body: object = None, *, key: str | None = None
) -> httpx.Response:
    """One chat completion by the demo provider, whose answers differ in their id each time."""
    content = {"model": "demo-small", "messages": [{"role": "user", "content": "How deep is the river?"}]}
    return httpx.post(
        f"{gateway.url}/demo/v1/chat/completions",
        headers={"Weir-Auth": f"Bearer {key or gateway.accounts.key}"} | headers,
        json=content if body is None else body,
        timeout=30,
    )


def row(gateway: RunningGateway, answer: httpx.Response) -> Exchange:
    return gateway.record(answer.headers["weir-request-id"])


def test_the_second_equal_call_is_a_hit_and_says_so(caching_gateway: RunningGateway, seed: Seed):
    first, second = ask(caching_gateway, seed()), ask(caching_gateway, seed())
    assert (first.headers["helicone-cache"], first.headers["weir-cache"]) == ("MISS", "MISS")
    assert (second.headers["helicone-cache"], second.headers["weir-cache"]) == ("HIT", "HIT")
    assert second.content == first.content
    assert second.headers["content-type"] == first.headers["content-type"]
    assert second.headers["helicone-cache-bucket-idx"] == second.headers["weir-cache-bucket-idx"] == "0"
    assert second.headers["weir-request-id"] != first.headers["weir-request-id"]
    missed, hit = row(caching_gateway, first), row(caching_gateway, second)
    assert (missed.cache_hit, missed.cache_reference_id, missed.saved_latency_ms) == (False, None, None)
    assert (hit.cache_hit, hit.cache_reference_id) == (True, missed.request_id)
    assert hit.cache_key == missed.cache_key is not None
    assert hit.saved_latency_ms is not None
    assert round(hit.saved_latency_ms) == int(second.headers["weir-cache-latency"])
    assert hit.saved_latency_ms >= (missed.latency_ms or 0)
    assert (hit.status_code, hit.error_type, hit.attempts) == (200, None, [])
    assert (hit.provider, hit.request_model, hit.response_model) == (
        missed.provider,
        missed.request_model,
        missed.response_model,
    )
    assert (hit.usage_source, hit.input_tokens, hit.output_tokens) == (
        "reported",
        missed.input_tokens,
        missed.output_tokens,
    )
    assert (hit.response_body, hit.response_preview) == (missed.response_body, missed.response_preview)


def test_without_the_headers_nothing_is_kept_or_said(caching_gateway: RunningGateway):
    first, second = ask(caching_gateway, {}), ask(caching_gateway, {"Cache-Control": "max-age=60"})
    assert first.content != second.content
    assert not {"weir-cache", "helicone-cache"} & set(second.headers)
    assert row(caching_gateway, second).cache_key is None


def test_reading_and_saving_can_be_had_apart(caching_gateway: RunningGateway, seed: Seed):
    name = seed()["Helicone-Cache-Seed"]
    read = {"Weir-Cache-Read": "true", "Weir-Cache-Seed": name}
    save = {"Helicone-Cache-Save": "true", "Weir-Cache-Seed": name}
    assert ask(caching_gateway, read).headers["weir-cache"] == "MISS"
    assert ask(caching_gateway, read).headers["weir-cache"] == "MISS"
    saved = ask(caching_gateway, save)
    assert "weir-cache" not in saved.headers
    hit = ask(caching_gateway, read)
    assert (hit.headers["weir-cache"], hit.content) == ("HIT", saved.content)


def test_a_question_is_told_by_its_content(caching_gateway: RunningGateway, seed: Seed):
    body = {"model": "demo-small", "messages": [{"role": "user", "content": "hi"}], "user": "ada"}
    ask(caching_gateway, seed(), body)
    turned = dict(reversed(body.items()))
    assert ask(caching_gateway, seed(), turned).headers["weir-cache"] == "HIT"
    other = body | {"user": "grace"}
    assert ask(caching_gateway, seed(), other).headers["weir-cache"] == "MISS"
    ignoring = seed() | {"Helicone-Cache-Ignore-Keys": "user, nothing"}
    ask(caching_gateway, ignoring, body)
    assert ask(caching_gateway, ignoring, other).headers["weir-cache"] == "HIT"


def test_lifetime_and_bucket_size_do_not_cool_the_cache_down(caching_gateway: RunningGateway, seed: Seed):
    ask(caching_gateway, seed())
    changed = seed() | {"Helicone-Cache-Control": "max-age = 9999", "Helicone-Cache-Bucket-Max-Size": "7"}
    assert ask(caching_gateway, changed).headers["weir-cache"] == "HIT"


def test_two_organizations_never_share(caching_gateway: RunningGateway, seed: Seed):
    mine = ask(caching_gateway, seed())
    theirs = ask(caching_gateway, seed(), key=caching_gateway.accounts.other_key)
    assert theirs.headers["weir-cache"] == "MISS"
    assert theirs.content != mine.content
    assert ask(caching_gateway, seed(), key=caching_gateway.accounts.other_key).content == theirs.content


def test_two_providers_never_share(caching_gateway: RunningGateway, seed: Seed):
    ask(caching_gateway, seed())
    answer = httpx.post(
        f"{caching_gateway.url}/openai/v1/chat/completions",
        headers=caching_gateway.auth | seed() | {"Authorization": f"Bearer {PROVIDER_KEY}"},
        json={"model": "demo-small", "messages": [{"role": "user", "content": "How deep is the river?"}]},
    )
    assert answer.headers["weir-cache"] == "MISS"


@pytest.mark.parametrize("bad", ["+status=500", "+status=429"])
def test_errors_are_not_kept(caching_gateway: RunningGateway, seed: Seed, bad: str):
    body = {"model": f"demo-small{bad}", "messages": [{"role": "user", "content": "hi"}]}
    first, second = ask(caching_gateway, seed(), body), ask(caching_gateway, seed(), body)
    assert first.status_code == second.status_code >= 400
    assert second.headers["weir-cache"] == "MISS"


def test_headers_that_say_nothing_are_refused_in_the_callers_dialect_and_recorded(caching_gateway: RunningGateway):
    answer = ask(caching_gateway, {"Helicone-Cache-Enabled": "true", "Helicone-Cache-Bucket-Max-Size": "21"})
    assert answer.status_code == 400
    assert "Helicone-Cache-Bucket-Max-Size" in answer.json()["error"]["message"]
    assert "1 to 20" in answer.json()["error"]["message"]
    record = row(caching_gateway, answer)
    assert (record.status_code, record.error_type) == (400, "bad_request")


def test_a_bucket_serves_as_soon_as_one_answer_is_kept_and_any_of_them(caching_gateway: RunningGateway, seed: Seed):
    bucket = seed() | {"Helicone-Cache-Bucket-Max-Size": "3"}
    saving = {name: value for name, value in bucket.items() if "Enabled" not in name} | {"Weir-Cache-Save": "true"}
    first = ask(caching_gateway, bucket)
    assert ask(caching_gateway, bucket).content == first.content
    kept = {first.content} | {ask(caching_gateway, saving).content for _ in range(2)}
    drawn = [ask(caching_gateway, bucket) for _ in range(40)]
    assert {answer.content for answer in drawn} == kept
    assert {answer.headers["weir-cache-bucket-idx"] for answer in drawn} == {"0", "1", "2"}


def test_a_bucket_can_be_filled_before_it_serves(caching_gateway: RunningGateway, seed: Seed):
    bucket = seed() | {"Weir-Cache-Bucket-Max-Size": "3", "Weir-Cache-Bucket-Fill": "true"}
    answers = [ask(caching_gateway, bucket) for _ in range(6)]
    assert [answer.headers["weir-cache"] for answer in answers] == ["MISS"] * 3 + ["HIT"] * 3
    assert len({answer.content for answer in answers}) == 3


def test_a_streamed_chat_completion_is_replayed_to_the_byte(caching_gateway: RunningGateway, seed: Seed):
    client = openai.OpenAI(
        base_url=f"{caching_gateway.url}/openai/v1",
        api_key=PROVIDER_KEY,
        default_headers=caching_gateway.auth | seed(),
        max_retries=0,
    )
    question = {"model": "gpt-5+chunks=20+chunk-ms=1", "messages": [{"role": "user", "content": "hi"}], "stream": True}
    with client:
        raw = [client.chat.completions.with_raw_response.create(**question).http_response.read() for _ in range(2)]
        stream = client.chat.completions.with_raw_response.create(**question)
        chunks = list(stream.parse())
    assert raw[0] == raw[1]
    assert raw[0].endswith(b"data: [DONE]\n\n")
    assert stream.headers["helicone-cache"] == "HIT"
    assert all(chunk.choices for chunk in chunks), "the usage chunk stays out of what is kept"
    record = caching_gateway.record(stream.headers["weir-request-id"])
    assert record.is_stream
    assert record.usage_source == "reported"
    assert record.output_tokens
    assert record.response_body == raw[0].decode()


def test_streamed_messages_are_replayed(caching_gateway: RunningGateway, seed: Seed):
    client = anthropic.Anthropic(
        base_url=f"{caching_gateway.url}/anthropic",
        api_key=PROVIDER_KEY,
        default_headers=caching_gateway.auth | seed(),
        max_retries=0,
    )
    texts, marks = [], []
    with client:
        for _ in range(2):
            with client.messages.stream(
                model="claude-sonnet-5", max_tokens=100, messages=[{"role": "user", "content": "hi"}]
            ) as stream:
                texts.append("".join(stream.text_stream))
                marks.append(stream.response.headers["weir-cache"])
    assert texts[0] == texts[1]
    assert marks == ["MISS", "HIT"]


def test_the_responses_api_is_replayed(caching_gateway: RunningGateway, seed: Seed):
    client = openai.OpenAI(
        base_url=f"{caching_gateway.url}/openai/v1",
        api_key=PROVIDER_KEY,
        default_headers=caching_gateway.auth | seed(),
        max_retries=0,
    )
    with client:
        answers = [client.responses.with_raw_response.create(model="gpt-5", input="hi") for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["weir-cache"] == "HIT"


def test_a_client_that_takes_no_compression_gets_a_kept_answer_it_can_read(caching_gateway: RunningGateway, seed: Seed):
    ask(caching_gateway, seed() | {"Accept-Encoding": "gzip"})
    answer = ask(caching_gateway, seed() | {"Accept-Encoding": "identity"})
    assert answer.headers["weir-cache"] == "HIT"
    assert "content-encoding" not in answer.headers
    assert json.loads(answer.content)["choices"]


def test_other_calls_have_no_part_in_the_cache(caching_gateway: RunningGateway, seed: Seed):
    headers = caching_gateway.auth | seed() | {"Authorization": f"Bearer {PROVIDER_KEY}"}
    for _ in range(2):
        answer = httpx.get(f"{caching_gateway.url}/openai/v1/models", headers=headers)
        assert answer.status_code == 200
        assert "weir-cache" not in answer.headers


def test_an_omitted_response_is_served_from_the_cache_and_kept_out_of_the_rows(
    caching_gateway: RunningGateway, seed: Seed
):
    headers = seed() | {"Helicone-Omit-Response": "true", "Weir-User-Id": str(uuid4())}
    ask(caching_gateway, headers)
    hit = ask(caching_gateway, headers)
    record = row(caching_gateway, hit)
    assert hit.headers["weir-cache"] == "HIT"
    assert (record.response_body, record.response_body_omitted, record.response_preview) == (None, True, None)


@pytest.mark.parametrize("is_stream", [False, True])
def test_at_the_unified_door_a_hit_tells_whose_answer_it_was(
    caching_gateway: RunningGateway, seed: Seed, is_stream: bool
):
    headers = caching_gateway.auth | seed() | {"Authorization": f"Bearer {PROVIDER_KEY}"}
    body = {"model": "openai/gpt-5", "messages": [{"role": "user", "content": "hi"}], "stream": is_stream}
    url = f"{caching_gateway.url}/v1/chat/completions"
    first, second = (httpx.post(url, headers=headers, json=body) for _ in range(2))
    assert (first.status_code, first.headers["weir-cache"], second.headers["weir-cache"]) == (200, "MISS", "HIT")
    assert second.content == first.content
    missed, hit = row(caching_gateway, first), row(caching_gateway, second)
    assert (hit.provider, hit.target_host, hit.path) == (missed.provider, missed.target_host, missed.path)
    assert hit.provider == "openai"


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_translated_answer_is_kept_as_the_caller_got_it(caching_gateway: RunningGateway, seed: Seed, is_stream: bool):
    headers = caching_gateway.auth | seed() | {"Authorization": f"Bearer {PROVIDER_KEY}"}
    message = {"role": "user", "content": "hi"}
    body = {"model": "gpt-5/openai", "max_tokens": 50, "messages": [message], "stream": is_stream}
    url = f"{caching_gateway.url}/v1/messages"
    first, second = (httpx.post(url, headers=headers, json=body) for _ in range(2))
    assert (first.status_code, first.headers["weir-cache"], second.headers["weir-cache"]) == (200, "MISS", "HIT")
    assert second.content == first.content
    hit = row(caching_gateway, second)
    assert (hit.provider, hit.dialect, hit.response_body) == ("openai", "messages", first.text)
    assert hit.input_tokens == row(caching_gateway, first).input_tokens
