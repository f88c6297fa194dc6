"""What proves a model's reasoning goes out to a caller of any dialect, and with the next turn back to who made it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from providers.facts import JsonObject
from providers.translation.translate import response_translator, translate_request

# What each provider answers with, and how its own signature looks in the next request.
ANSWERS: dict[str, tuple[str, JsonObject, list[str]]] = {
    "messages": (
        "claude-sonnet-4-5",
        {
            "id": "msg_1",
            "content": [
                {"type": "thinking", "thinking": "I look it up.", "signature": "c2ln+/="},
                {"type": "redacted_thinking", "data": "c2VjcmV0"},
                {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Oslo"}},
            ],
            "stop_reason": "tool_use",
        },
        [
            '{"type":"thinking","thinking":"I look it up.","signature":"c2ln+/="}',
            '{"type":"redacted_thinking","data":"c2VjcmV0"}',
        ],
    ),
    "responses": (
        "gpt-5",
        {
            "id": "resp_1",
            "status": "completed",
            "output": [
                {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "c2VhbA=="},
                {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"},
            ],
        },
        ['"encrypted_content":"c2VhbA==","id":"rs_1"'],
    ),
    "gemini": (
        "gemini-3-pro",
        {
            "responseId": "r1",
            "candidates": [
                {
                    "content": {
                        "parts": [
                            {"text": "I look it up.", "thought": True},
                            {"functionCall": {"name": "weather", "args": {}}, "thoughtSignature": "Z2VtaW5p"},
                        ]
                    },
                    "finishReason": "STOP",
                }
            ],
        },
        ['{"functionCall":{"name":"weather","args":{}},"thoughtSignature":"Z2VtaW5p"}'],
    ),
}


def _chat_turn(answer: Any) -> JsonObject:
    message = answer["choices"][0]["message"]
    result = {"role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": "rain"}
    return {"messages": [{"role": "user", "content": "Hi"}, message, result]}


def _messages_turn(answer: Any) -> JsonObject:
    result = {"type": "tool_result", "tool_use_id": answer["content"][-1]["id"], "content": "rain"}
    turns = [{"role": "assistant", "content": answer["content"]}, {"role": "user", "content": [result]}]
    return {"max_tokens": 100, "messages": [{"role": "user", "content": "Hi"}, *turns]}


def _responses_turn(answer: Any) -> JsonObject:
    output = {"type": "function_call_output", "call_id": answer["output"][-1]["call_id"], "output": "rain"}
    return {"input": [{"role": "user", "content": "Hi"}, *answer["output"], output]}


def _gemini_turn(answer: Any) -> JsonObject:
    result = {"functionResponse": {"name": "weather", "response": {"output": "rain"}}}
    contents = [answer["candidates"][0]["content"], {"role": "user", "parts": [result]}]
    return {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}, *contents]}


CALLERS: dict[str, tuple[JsonObject, Callable[[Any], JsonObject]]] = {
    "chat_completions": ({"messages": []}, _chat_turn),
    "messages": ({"max_tokens": 100, "messages": []}, _messages_turn),
    "responses": ({"input": "Hi"}, _responses_turn),
    "gemini": ({"contents": []}, _gemini_turn),
}
PAIRS = [(source, target) for source in CALLERS for target in ANSWERS if source != target]


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_signature_comes_back_to_its_maker(source: str, target: str) -> None:
    model, answer, own = ANSWERS[target]
    request, next_turn = CALLERS[source]
    translation = response_translator(source, target, request=json.dumps(request).encode(), model=model)
    told = json.loads(translation.whole(json.dumps(answer).encode()))
    sent = translate_request(source, target, json.dumps(next_turn(told)).encode(), model=model)
    for signature in own:
        assert signature in sent.body.decode()
    assert sent.warnings == []


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_signature_never_reaches_another_provider(source: str, target: str) -> None:
    model, answer, _ = ANSWERS[target]
    request, next_turn = CALLERS[source]
    translation = response_translator(source, target, request=json.dumps(request).encode(), model=model)
    told = json.loads(translation.whole(json.dumps(answer).encode()))
    for other in ANSWERS.keys() - {target, source}:
        sent = translate_request(source, other, json.dumps(next_turn(told)).encode(), model=ANSWERS[other][0])
        assert not any(word in sent.body for word in (b"c2ln", b"c2VhbA", b"Z2VtaW5p", b"d2VpcjE6"))
        assert any("reasoning of earlier turns is left out" in warning for warning in sent.warnings)
