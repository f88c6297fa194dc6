"""How exchanges look as conversations, from stored bodies and from stored streams alike."""

import json

import pytest

from providers.dialects.dialect import DIALECTS
from providers.facts import ChatMessage, Image, ToolCall, ToolResult
from tests.providers.cases import load, response_facts, stream


def stored(name: str) -> str:
    """A stream as the API hands it to a dialect: text as it was, binary with a character for every byte."""
    data = stream(name)
    return data.decode("latin-1") if name.startswith(("converse", "invoke")) else data.decode()


def test_a_chat_completion() -> None:
    request = {
        "messages": [
            {"role": "developer", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What are these?"},
                    {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                    {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,/9j/4AAQ"}},
                    {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
                    {"type": "file", "file": {"filename": "a.pdf", "file_data": "AAAA"}},
                ],
            },
            {
                "role": "assistant",
                "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "a cat"},
        ]
    }
    response = {"choices": [{"message": {"role": "assistant", "content": "Cats.", "reasoning_content": "Whiskers."}}]}
    assert DIALECTS["chat_completions"].messages(json.dumps(request), json.dumps(response)) == [
        ChatMessage(role="system", text="Be brief."),
        ChatMessage(
            role="user",
            text="What are these?\n[audio wav]\n[file a.pdf]",
            images=[Image(url="https://example.com/a.png"), Image(media_type="image/jpeg")],
        ),
        ChatMessage(role="assistant", tool_calls=[ToolCall(id="c1", name="look", arguments="{}")]),
        ChatMessage(role="tool", tool_results=[ToolResult(call_id="c1", text="a cat")]),
        ChatMessage(role="assistant", text="Cats.", reasoning="Whiskers."),
    ]


def test_a_response() -> None:
    request = {
        "instructions": "Be brief.",
        "input": [
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "And this?"},
                    {"type": "input_image", "image_url": "data:image/png;base64,AA"},
                ],
            },
            {"type": "function_call", "call_id": "c1", "name": "look", "arguments": '{"n":1}'},
            {"type": "function_call_output", "call_id": "c1", "output": "a dog"},
            {"type": "item_reference", "id": "msg_1"},
        ],
    }
    response = {
        "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Barks."}]},
            {"type": "web_search_call", "id": "ws_1", "action": {"type": "search", "query": "dogs"}},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "A dog."}]},
        ]
    }
    assert DIALECTS["responses"].messages(json.dumps(request), json.dumps(response)) == [
        ChatMessage(role="system", text="Be brief."),
        ChatMessage(role="user", text="And this?", images=[Image(media_type="image/png")]),
        ChatMessage(role="assistant", tool_calls=[ToolCall(id="c1", name="look", arguments='{"n":1}')]),
        ChatMessage(role="tool", tool_results=[ToolResult(call_id="c1", text="a dog")]),
        ChatMessage(role="assistant", reasoning="Barks."),
        ChatMessage(
            role="assistant",
            tool_calls=[ToolCall(id="ws_1", name="web_search", arguments='{"type":"search","query":"dogs"}')],
        ),
        ChatMessage(role="assistant", text="A dog."),
    ]


def test_a_message() -> None:
    request = {
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA"}},
                    {"type": "image", "source": {"type": "url", "url": "https://example.com/b.png"}},
                    {
                        "type": "document",
                        "title": "Report",
                        "source": {"type": "base64", "media_type": "application/pdf", "data": "AA"},
                    },
                    {"type": "text", "text": "Well?"},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"type": "redacted_thinking", "data": "x"},
                    {"type": "tool_use", "id": "t1", "name": "look", "input": {"n": 1}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "t1",
                        "is_error": True,
                        "content": [{"type": "text", "text": "dark"}],
                    }
                ],
            },
        ],
    }
    response = {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "Too dark.", "signature": "s"},
            {"type": "text", "text": "I see nothing."},
        ],
    }
    assert DIALECTS["messages"].messages(json.dumps(request), json.dumps(response)) == [
        ChatMessage(role="system", text="Be brief."),
        ChatMessage(
            role="user",
            text="[file Report]\nWell?",
            images=[Image(media_type="image/png"), Image(url="https://example.com/b.png")],
        ),
        ChatMessage(
            role="assistant", reasoning="[redacted]", tool_calls=[ToolCall(id="t1", name="look", arguments='{"n":1}')]
        ),
        ChatMessage(role="tool", tool_results=[ToolResult(call_id="t1", text="dark", is_error=True)]),
        ChatMessage(role="assistant", text="I see nothing.", reasoning="Too dark."),
    ]


def test_a_gemini_answer() -> None:
    request = {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {
                "role": "user",
                "parts": [
                    {"inlineData": {"mimeType": "image/png", "data": "AA"}},
                    {"fileData": {"mimeType": "image/jpeg", "fileUri": "gs://b/a.jpg"}},
                    {"inlineData": {"mimeType": "audio/wav", "data": "AA"}},
                    {"text": "Well?"},
                ],
            },
            {"role": "model", "parts": [{"functionCall": {"id": "c1", "name": "look", "args": {"n": 1}}}]},
            {"role": "user", "parts": [{"functionResponse": {"id": "c1", "name": "look", "response": {"x": 2}}}]},
        ],
    }
    response = {
        "candidates": [
            {
                "content": {
                    "role": "model",
                    "parts": [
                        {"text": "Dark.", "thought": True},
                        {"executableCode": {"language": "PYTHON", "code": "1/0"}},
                        {"codeExecutionResult": {"outcome": "OUTCOME_FAILED", "output": "oh"}},
                        {"text": "I see nothing."},
                    ],
                }
            }
        ]
    }
    assert DIALECTS["gemini"].messages(json.dumps(request), json.dumps(response)) == [
        ChatMessage(role="system", text="Be brief."),
        ChatMessage(
            role="user",
            text="[audio wav]\nWell?",
            images=[Image(media_type="image/png"), Image(media_type="image/jpeg", url="gs://b/a.jpg")],
        ),
        ChatMessage(role="assistant", tool_calls=[ToolCall(id="c1", name="look", arguments='{"n":1}')]),
        ChatMessage(role="tool", tool_results=[ToolResult(call_id="c1", text='{"x":2}')]),
        ChatMessage(
            role="assistant",
            text="I see nothing.",
            reasoning="Dark.",
            tool_calls=[ToolCall(name="code_execution", arguments="1/0")],
            tool_results=[ToolResult(text="oh", is_error=True)],
        ),
    ]


def test_a_gemini_request_may_be_a_bare_text() -> None:
    assert DIALECTS["gemini"].messages('{"contents": "Hi"}', None) == [ChatMessage(role="user", text="Hi")]


def test_a_converse_answer() -> None:
    request = {
        "system": [{"text": "Be brief."}, {"cachePoint": {"type": "default"}}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"image": {"format": "png", "source": {"bytes": "AA"}}},
                    {"image": {"format": "jpeg", "source": {"s3Location": {"uri": "s3://b/a.jpg"}}}},
                    {"document": {"format": "pdf", "name": "Report", "source": {"bytes": "AA"}}},
                    {"text": "Well?"},
                ],
            },
            {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t1", "name": "look", "input": {"n": 1}}}]},
            {
                "role": "user",
                "content": [
                    {
                        "toolResult": {
                            "toolUseId": "t1",
                            "status": "error",
                            "content": [{"json": {"x": 2}}, {"text": "dark"}],
                        }
                    }
                ],
            },
        ],
    }
    content = [{"reasoningContent": {"reasoningText": {"text": "Too dark."}}}, {"text": "I see nothing."}]
    response = {"output": {"message": {"role": "assistant", "content": content}}}
    assert DIALECTS["converse"].messages(json.dumps(request), json.dumps(response)) == [
        ChatMessage(role="system", text="Be brief."),
        ChatMessage(
            role="user",
            text="[file Report.pdf]\nWell?",
            images=[Image(media_type="image/png"), Image(media_type="image/jpeg", url="s3://b/a.jpg")],
        ),
        ChatMessage(role="assistant", tool_calls=[ToolCall(id="t1", name="look", arguments='{"n":1}')]),
        ChatMessage(role="tool", tool_results=[ToolResult(call_id="t1", text='{"x":2}\ndark', is_error=True)]),
        ChatMessage(role="assistant", text="I see nothing.", reasoning="Too dark."),
    ]


def test_a_cohere_answer() -> None:
    request = {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Well?"},
                    {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                ],
            },
            {
                "role": "assistant",
                "tool_plan": "I will look.",
                "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "look", "arguments": "{}"}}],
            },
            {
                "role": "tool",
                "tool_call_id": "t1",
                "content": [{"type": "document", "document": {"data": "dark", "id": "1"}}],
            },
        ]
    }
    response = {"message": {"role": "assistant", "content": [{"type": "text", "text": "I see nothing."}]}}
    assert DIALECTS["cohere"].messages(json.dumps(request), json.dumps(response)) == [
        ChatMessage(role="system", text="Be brief."),
        ChatMessage(role="user", text="Well?", images=[Image(url="https://example.com/a.png")]),
        ChatMessage(
            role="assistant",
            reasoning="I will look.",
            tool_calls=[ToolCall(id="t1", name="look", arguments="{}")],
        ),
        ChatMessage(role="tool", tool_results=[ToolResult(call_id="t1", text="dark")]),
        ChatMessage(role="assistant", text="I see nothing."),
    ]


@pytest.mark.parametrize(
    ("dialect", "request_body", "response_body", "expected"),
    [
        (
            "completions",
            {"prompt": "Say it"},
            {"choices": [{"text": "It"}]},
            [ChatMessage(role="user", text="Say it"), ChatMessage(role="assistant", text="It")],
        ),
        ("embeddings", {"input": ["a", "b"]}, {"data": []}, [ChatMessage(role="user", text="a\nb")]),
        ("embeddings", {"content": {"parts": [{"text": "a"}]}}, {}, [ChatMessage(role="user", text="a")]),
        ("embeddings", {"input": [1, 2]}, {}, []),
        ("transcriptions", None, {"text": "I see."}, [ChatMessage(role="assistant", text="I see.")]),
        ("rerank", {"query": "weirs"}, {"results": []}, [ChatMessage(role="user", text="weirs")]),
    ],
)
def test_what_is_no_conversation(
    dialect: str, request_body: object, response_body: object, expected: list[ChatMessage]
) -> None:
    assert DIALECTS[dialect].messages(json.dumps(request_body), json.dumps(response_body)) == expected


@pytest.mark.parametrize(
    ("dialect", "name", "expected"),
    [
        ("chat_completions", "chat_usage_chunk", [ChatMessage(role="assistant", text="Hello wörld, data: [DONE]")]),
        (
            "chat_completions",
            "chat_tools",
            [
                ChatMessage(
                    role="assistant",
                    tool_calls=[
                        ToolCall(id="call_1", name="get_weather", arguments='{"city":"Oslo"}'),
                        ToolCall(id="call_2", name="get_time", arguments="{}"),
                    ],
                )
            ],
        ),
        (
            "chat_completions",
            "chat_reasoning_and_comments",
            [ChatMessage(role="assistant", text="42", reasoning="Hm.")],
        ),
        ("chat_completions", "chat_broken", [ChatMessage(role="assistant", text="Half")]),
        ("responses", "responses_text", [ChatMessage(role="assistant", text="Hi there")]),
        ("responses", "responses_incomplete", [ChatMessage(role="assistant", text="Cut")]),
        (
            "responses",
            "responses_tools",
            [
                ChatMessage(role="assistant", reasoning="Thinking"),
                ChatMessage(
                    role="assistant",
                    tool_calls=[ToolCall(id="call_1", name="get_weather", arguments='{"city":"Oslo"}')],
                ),
            ],
        ),
        ("messages", "messages_text", [ChatMessage(role="assistant", text='Hello! A "message_stop" in words.')]),
        (
            "messages",
            "messages_thinking_and_tools",
            [
                ChatMessage(
                    role="assistant",
                    reasoning="I should look.",
                    tool_calls=[ToolCall(id="toolu_1", name="get_weather", arguments='{"city":"San Francisco"}')],
                )
            ],
        ),
        (
            "gemini",
            "gemini_text",
            [ChatMessage(role="assistant", text='A "weir" measures.', reasoning="Let me think.")],
        ),
        ("gemini", "gemini_array", [ChatMessage(role="assistant", text='Braces } ] " and \\ more')]),
        ("gemini", "gemini_array_broken", [ChatMessage(role="assistant", text="Half")]),
        ("converse", "converse_text", [ChatMessage(role="assistant", text="A wéir measures.", reasoning="Hm")]),
        (
            "converse",
            "converse_tools",
            [
                ChatMessage(
                    role="assistant",
                    tool_calls=[ToolCall(id="tooluse_1", name="get_weather", arguments='{"city":"Oslo"}')],
                )
            ],
        ),
        ("invoke", "invoke_claude", [ChatMessage(role="assistant", text="Hello")]),
        ("cohere", "cohere_text", [ChatMessage(role="assistant", text='A "message-end" in words.')]),
        (
            "cohere",
            "cohere_tools",
            [
                ChatMessage(
                    role="assistant",
                    reasoning="I will look.",
                    tool_calls=[ToolCall(id="get_weather_1", name="get_weather", arguments='{"city":"Oslo"}')],
                )
            ],
        ),
        ("completions", "completions_text", [ChatMessage(role="assistant", text="A river")]),
        ("transcriptions", "transcription", [ChatMessage(role="assistant", text="I see skies.")]),
    ],
)
def test_a_stored_stream_looks_like_its_answer(dialect: str, name: str, expected: list[ChatMessage]) -> None:
    assert DIALECTS[dialect].messages(None, stored(name)) == expected


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in load("streams")
        if not case.get("is_broken") and not case.get("is_foreign") and "error_type" not in case["facts"]
    ],
    ids=lambda case: case["stream"],
)
def test_a_reassembled_stream_says_what_the_stream_said(case: dict[str, object]) -> None:
    dialect = DIALECTS[str(case["dialect"])]
    whole = dialect.reassemble(stored(str(case["stream"])))
    facts = dialect.parse_response(json.dumps(whole).encode())
    expected = response_facts(case["facts"])  # type: ignore[arg-type]
    assert (facts.usage, facts.finish_reason, facts.tool_names) == (
        expected.usage,
        expected.finish_reason,
        expected.tool_names,
    )
    assert facts.response_model == expected.response_model


@pytest.mark.parametrize("name", DIALECTS)
def test_bodies_that_cannot_be_read_add_nothing(name: str) -> None:
    for body in (None, "", "<html>", "[]", '{"messages": 4, "input": 4, "choices": 4, "output": 4, "content": 4}'):
        assert DIALECTS[name].messages(body, body) == []
