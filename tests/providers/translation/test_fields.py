"""Every field that a dialect's own SDK knows is carried, warned about or refused: none vanishes in silence."""

import json
from typing import Any

import pytest
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming

from providers.translation.translate import TranslatedRequest, Untranslatable, can_translate, translate_request

TARGETS = {
    "chat_completions": "gpt-5",
    "messages": "claude-3-7-sonnet-20250219",
    "responses": "gpt-5",
    "gemini": "gemini-2.5-flash",
    "converse": "anthropic.claude-3-7-sonnet-20250219-v1:0",
    "cohere": "command-a-reasoning-08-2025",
}
TALK = [{"role": "user", "content": "Hi"}]
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
CHAT_TOOL = {"type": "function", "function": {"name": "a", "parameters": SCHEMA}}
BASES: dict[str, dict[str, Any]] = {
    "chat_completions": {"model": "m", "messages": TALK, "tools": [CHAT_TOOL]},
    "messages": {"model": "m", "max_tokens": 4000, "messages": TALK, "tools": [{"name": "a", "input_schema": SCHEMA}]},
    "responses": {"model": "m", "input": "Hi", "tools": [{"type": "function", "name": "a", "parameters": SCHEMA}]},
    "gemini": {
        "contents": [{"parts": [{"text": "Hi"}]}],
        "tools": [{"functionDeclarations": [{"name": "a", "parameters": SCHEMA}]}],
    },
}
VALUES: dict[str, dict[str, Any]] = {
    "chat_completions": {
        "frequency_penalty": 0.5,
        "presence_penalty": 0.5,
        "temperature": 0.5,
        "top_p": 0.5,
        "seed": 3,
        "n": 2,
        "top_logprobs": 2,
        "max_tokens": 3000,
        "max_completion_tokens": 3000,
        "messages": [{"role": "user", "content": "Bye"}],
        "tools": [{"type": "function", "function": {"name": "b"}}],
        "tool_choice": "required",
        "parallel_tool_calls": False,
        "response_format": {"type": "json_object"},
        "reasoning_effort": "high",
        "stop": ["END"],
        "metadata": {"a": "b"},
        "stream_options": {"include_obfuscation": "yes"},
        "logprobs": True,
        "store": True,
        "stream": True,
        "function_call": {"name": "a"},
        "modalities": ["audio"],
        "service_tier": "flex",
    },
    "messages": {
        "max_tokens": 3000,
        "messages": [{"role": "user", "content": "Bye"}],
        "system": "Be brief.",
        "metadata": {"user_id": "u"},
        "output_config": {"effort": "high"},
        "stop_sequences": ["END"],
        "thinking": {"type": "enabled", "budget_tokens": 2000},
        "tool_choice": {"type": "any"},
        "tools": [{"name": "b", "input_schema": SCHEMA}],
        "stream": True,
        "speed": "fast",
        "service_tier": "standard_only",
    },
    "responses": {
        "background": True,
        "include": ["file_search_call.results"],
        "input": "Bye",
        "max_output_tokens": 3000,
        "max_tool_calls": 3,
        "metadata": {"a": "b"},
        "parallel_tool_calls": False,
        "reasoning": {"effort": "high"},
        "store": True,
        "stream_options": {"include_obfuscation": "yes"},
        "temperature": 0.5,
        "text": {"format": {"type": "json_object"}},
        "tool_choice": "required",
        "tools": [{"type": "function", "name": "b", "parameters": SCHEMA}],
        "top_logprobs": 2,
        "top_p": 0.5,
        "truncation": "auto",
        "stream": True,
        "service_tier": "flex",
    },
    "gemini": {
        "contents": [{"parts": [{"text": "Bye"}]}],
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "tools": [{"functionDeclarations": [{"name": "b"}]}],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
        "safetySettings": [{"category": "a"}],
        "generationConfig": {"temperature": 0.5},
        "labels": {"a": "b"},
    },
}
GEMINI_CONFIG: dict[str, Any] = {
    "temperature": 0.5,
    "topP": 0.5,
    "topK": 5,
    "candidateCount": 2,
    "maxOutputTokens": 3000,
    "stopSequences": ["END"],
    "presencePenalty": 0.5,
    "frequencyPenalty": 0.5,
    "seed": 3,
    "responseMimeType": "application/json",
    "responseLogprobs": True,
    "logprobs": 2,
    "responseModalities": ["AUDIO"],
    "speechConfig": {},
    "imageConfig": {},
    "mediaResolution": "LOW",
    "audioTimestamp": True,
    "thinkingConfig": {"thinkingBudget": 2000},
    "routingConfig": {},
    "modelSelectionConfig": {},
}
WITHOUT_EFFECT = {
    # There the path says it.
    ("gemini", "stream"),
    ("converse", "stream"),
    # What Anthropic calls `standard_only` is what they do anyway.
    ("gemini", "service_tier"),
    ("cohere", "service_tier"),
}


def _fields(source: str) -> list[tuple[str, dict[str, Any]]]:
    """Returns every field but the model, which is the provider's, in a body that has it."""
    sdks: dict[str, Any] = {
        "chat_completions": CompletionCreateParamsNonStreaming,
        "messages": MessageCreateParamsNonStreaming,
        "responses": ResponseCreateParamsNonStreaming,
    }
    more = {"messages": ["temperature", "top_p", "top_k", "mcp_servers"]}
    if source == "gemini":
        names = [*VALUES["gemini"], "cachedContent", "serviceTier", "store"]
    else:
        names = [name for name in sdks[source].__annotations__ if name != "model"] + more.get(source, [])
    bodies = [(name, BASES[source] | {name: VALUES[source].get(name, _any_value(name))}) for name in names]
    if source == "gemini":
        bodies += [(name, BASES[source] | {"generationConfig": {name: GEMINI_CONFIG[name]}}) for name in GEMINI_CONFIG]
    return bodies


def _any_value(name: str) -> Any:
    return 0.5 if name in ("temperature", "top_p") else 5 if name == "top_k" else f"some {name}"


PAIRS = [(source, target) for source in BASES for target in TARGETS if can_translate(source, target)]


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_field_is_carried_or_told(source: str, target: str) -> None:
    plain = _translated(source, target, BASES[source])
    silent = []
    for field, body in _fields(source):
        if (target, field) in WITHOUT_EFFECT:
            continue
        try:
            translated = _translated(source, target, body)
        except Untranslatable as refused:
            if field not in (refused.param or ""):
                silent.append(field)
            continue
        told = [warning for warning in translated.warnings if warning not in plain.warnings]
        if translated.body == plain.body and not told:
            silent.append(field)
    assert silent == []


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_field_nobody_knows_is_told(source: str, target: str) -> None:
    translated = _translated(source, target, BASES[source] | {"brand_new": 1})
    assert "brand_new is left out: it is not known here" in translated.warnings


def _translated(source: str, target: str, body: dict[str, Any]) -> TranslatedRequest:
    return translate_request(source, target, json.dumps(body).encode(), model=TARGETS[target])
