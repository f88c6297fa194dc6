"""One and the same call, as each convention writes it: a question, a tool call, its result, the answer."""

import json
from typing import Any

ARGUMENTS = '{"city":"Ulm"}'

OPENTELEMETRY: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.response.model": "gpt-4o-2024-08-06",
    "gen_ai.request.temperature": 0.5,
    "gen_ai.response.finish_reasons": ["tool_calls"],
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.output_tokens": 20,
    "gen_ai.usage.cache_read.input_tokens": 60,
    "gen_ai.conversation.id": "talk",
    "user.id": "ada",
    "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "Be brief."}]),
    "gen_ai.input.messages": json.dumps(
        [
            {"role": "user", "parts": [{"type": "text", "content": "Weather in Ulm?"}]},
            {
                "role": "assistant",
                "parts": [{"type": "tool_call", "id": "c1", "name": "weather", "arguments": {"city": "Ulm"}}],
            },
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "rain"}]},
        ]
    ),
    "gen_ai.output.messages": json.dumps(
        [
            {
                "role": "assistant",
                "parts": [
                    {"type": "text", "content": "It rains."},
                    {"type": "tool_call", "id": "c2", "name": "umbrella", "arguments": {"city": "Ulm"}},
                ],
                "finish_reason": "tool_call",
            }
        ]
    ),
}

OPENLLMETRY: dict[str, Any] = {
    "llm.request.type": "chat",
    "gen_ai.system": "OpenAI",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.response.model": "gpt-4o-2024-08-06",
    "gen_ai.request.temperature": 0.5,
    "gen_ai.usage.prompt_tokens": 100,
    "gen_ai.usage.completion_tokens": 20,
    "gen_ai.usage.cache_read_input_tokens": 60,
    "llm.usage.total_tokens": 120,
    "traceloop.association.properties.session_id": "talk",
    "traceloop.association.properties.user_id": "ada",
    "traceloop.association.properties.team": "red",
    "traceloop.workflow.name": "forecast",
    "traceloop.entity.path": "plan.ask",
    "gen_ai.prompt.0.role": "system",
    "gen_ai.prompt.0.content": "Be brief.",
    "gen_ai.prompt.1.role": "user",
    "gen_ai.prompt.1.content": json.dumps([{"type": "text", "text": "Weather in Ulm?"}]),
    "gen_ai.prompt.2.role": "assistant",
    "gen_ai.prompt.2.tool_calls.0.id": "c1",
    "gen_ai.prompt.2.tool_calls.0.name": "weather",
    "gen_ai.prompt.2.tool_calls.0.arguments": ARGUMENTS,
    "gen_ai.prompt.3.role": "tool",
    "gen_ai.prompt.3.content": "rain",
    "gen_ai.prompt.3.tool_call_id": "c1",
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.content": "It rains.",
    "gen_ai.completion.0.finish_reason": "tool_calls",
    "gen_ai.completion.0.tool_calls.0.id": "c2",
    "gen_ai.completion.0.tool_calls.0.name": "umbrella",
    "gen_ai.completion.0.tool_calls.0.arguments": ARGUMENTS,
}

_IN, _OUT = "llm.input_messages", "llm.output_messages.0.message"
OPENINFERENCE: dict[str, Any] = {
    "openinference.span.kind": "LLM",
    "llm.provider": "openai",
    "llm.model_name": "gpt-4o-2024-08-06",
    "llm.request.model_name": "gpt-4o",
    "llm.token_count.prompt": 100,
    "llm.token_count.completion": 20,
    "llm.token_count.prompt_details.cache_read": 60,
    "llm.finish_reason": "tool_calls",
    "session.id": "talk",
    "user.id": "ada",
    "metadata": json.dumps({"team": "red"}),
    "input.value": "not looked at, as the messages are there",
    f"{_IN}.0.message.role": "system",
    f"{_IN}.0.message.content": "Be brief.",
    f"{_IN}.1.message.role": "user",
    f"{_IN}.1.message.contents.0.message_content.type": "text",
    f"{_IN}.1.message.contents.0.message_content.text": "Weather in Ulm?",
    f"{_IN}.2.message.role": "assistant",
    f"{_IN}.2.message.tool_calls.0.tool_call.id": "c1",
    f"{_IN}.2.message.tool_calls.0.tool_call.function.name": "weather",
    f"{_IN}.2.message.tool_calls.0.tool_call.function.arguments": ARGUMENTS,
    f"{_IN}.3.message.role": "tool",
    f"{_IN}.3.message.content": "rain",
    f"{_IN}.3.message.tool_call_id": "c1",
    f"{_OUT}.role": "assistant",
    f"{_OUT}.content": "It rains.",
    f"{_OUT}.tool_calls.0.tool_call.id": "c2",
    f"{_OUT}.tool_calls.0.tool_call.function.name": "umbrella",
    f"{_OUT}.tool_calls.0.tool_call.function.arguments": ARGUMENTS,
}

VERCEL: dict[str, Any] = {
    "ai.operationId": "ai.generateText.doGenerate",
    "ai.model.provider": "openai.chat",
    "ai.model.id": "gpt-4o",
    "ai.response.model": "gpt-4o-2024-08-06",
    "ai.usage.inputTokens": 100,
    "ai.usage.outputTokens": 20,
    "ai.usage.cachedInputTokens": 60,
    "ai.response.finishReason": "tool-calls",
    "ai.response.text": "It rains.",
    "ai.response.toolCalls": json.dumps([{"toolCallId": "c2", "toolName": "umbrella", "input": {"city": "Ulm"}}]),
    "ai.prompt.messages": json.dumps(
        [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Weather in Ulm?"}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "tool-call", "toolCallId": "c1", "toolName": "weather", "input": {"city": "Ulm"}},
                ],
            },
            {
                "role": "tool",
                "content": [{"type": "tool-result", "toolCallId": "c1", "output": {"type": "text", "value": "rain"}}],
            },
        ]
    ),
    "ai.telemetry.metadata.sessionId": "talk",
    "ai.telemetry.metadata.userId": "ada",
    "ai.telemetry.metadata.team": "red",
}

CONVENTIONS = {
    "opentelemetry": OPENTELEMETRY,
    "openllmetry": OPENLLMETRY,
    "openinference": OPENINFERENCE,
    "vercel": VERCEL,
}
