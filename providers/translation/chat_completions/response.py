"""Whole answers of chat completions, read and written."""

import msgspec

from providers.dialects.chat_completions.usage import read_usage
from providers.dialects.finish_reasons import normalize
from providers.dialects.parts import parts_of
from providers.facts import JsonObject
from providers.lenient import decode, mapping, text
from providers.translation import neutral
from providers.translation.asked import Asked
from providers.translation.chat_completions.reasoning import write_detail
from providers.translation.chat_completions.wire import Answer, Message, ToolCall, decoder
from providers.translation.ids import made
from providers.translation.notes import UnreadableAnswer
from providers.usage import Usage

FINISH_REASONS = {"stop": "stop", "length": "length", "tool_calls": "tool_calls", "content_filter": "content_filter"}
"""Any other reason is told as `stop`: the set is closed."""


def read_response(body: bytes, asked: Asked) -> neutral.Response:
    """Reads a whole body."""
    answer = decode(body, decoder)
    if answer is None or not answer.choices:
        raise UnreadableAnswer("the provider's answer holds no chat completion")
    choice = answer.choices[0]
    message = choice.message or Message()
    return neutral.Response(
        id=text(answer.id),
        model=text(answer.model),
        created_at=seconds(answer.created),
        parts=_parts(answer, message),
        finish_reason=normalize(choice.finish_reason),
        usage=usage_of(answer),
        service_tier=text(answer.service_tier),
    )


def seconds(created: object) -> int | None:
    """Returns a time in seconds since 1970; some relatives write fractions."""
    return int(created) if isinstance(created, (int, float)) and created else None


def usage_of(answer: Answer) -> Usage | None:
    """Finds the usage, which some relatives put elsewhere."""
    for place in (answer.usage, mapping(answer.x_groq).get("usage"), *(one.usage for one in answer.choices or ())):
        usage = read_usage(place)
        if usage is not None:
            return usage
    return None


def words_of(content: object) -> tuple[str, str]:
    """Returns what was said and what was thought; Mistral puts both into the content as parts."""
    if isinstance(content, str):
        return content, ""
    said, thought = [], []
    for part in parts_of(content):
        if part.get("type") == "thinking":
            thought += [text(piece.get("text")) or "" for piece in parts_of(part.get("thinking"))]
        else:
            said.append(text(part.get("text")) or "")
    return "".join(said), "".join(thought)


def _parts(answer: Answer, message: Message) -> list[neutral.Part]:
    said, thought = words_of(message.content)
    thought = text(message.reasoning_content) or text(message.reasoning) or thought
    refusal = text(message.refusal)
    parts: list[neutral.Part] = []
    if thought:
        parts.append(neutral.Thought(text=thought))
    if said:
        parts.append(neutral.Text(said))
    if refusal:
        parts.append(neutral.Refusal(refusal))
    parts += [_tool_call(answer, i, call) for i, call in enumerate(message.tool_calls or ())]
    return parts


def _tool_call(answer: Answer, index: int, call: ToolCall) -> neutral.ToolCall:
    id = text(call.id) or made(answer.id, index)
    if call.custom is not None:
        return neutral.ToolCall(id, text(call.custom.name) or "", text(call.custom.input) or "", is_custom=True)
    name, arguments = (None, None) if call.function is None else (text(call.function.name), call.function.arguments)
    if not isinstance(arguments, str):
        arguments = msgspec.json.encode(arguments or {}).decode()
    return neutral.ToolCall(id, name or "", arguments)


def write_response(response: neutral.Response, asked: Asked) -> JsonObject:
    """Returns the body of a chat completion."""
    message = _message(response, asked)
    reason = "tool_calls" if message.get("tool_calls") and response.finish_reason == "stop" else response.finish_reason
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": FINISH_REASONS.get(reason or "stop", "stop"),
    }
    written: JsonObject = {
        "id": asked.new_id("chatcmpl-", response.id),
        "object": "chat.completion",
        "created": response.created_at or asked.now(),
        "model": response.model or asked.model,
        "choices": [choice],
    }
    if response.usage is not None:
        written["usage"] = write_usage(response.usage)
    return written


def _message(response: neutral.Response, asked: Asked) -> JsonObject:
    parts = response.parts
    texts = [part.text for part in parts if isinstance(part, neutral.Text)]
    refusals = [part.text for part in parts if isinstance(part, neutral.Refusal)]
    thoughts = [part for part in parts if isinstance(part, neutral.Thought)]
    message: JsonObject = {
        "role": "assistant",
        "content": "".join(texts) if texts else None,
        "refusal": "".join(refusals) if refusals else None,
    }
    if any(thought.text for thought in thoughts):
        message["reasoning_content"] = "".join(thought.text for thought in thoughts)
    if any(thought.signature for thought in thoughts):
        message["reasoning_details"] = [write_detail(thought, i) for i, thought in enumerate(thoughts)]
    calls = [_written_call(part, asked) for part in parts if isinstance(part, neutral.ToolCall)]
    if calls:
        message["tool_calls"] = calls
    return message


def _written_call(call: neutral.ToolCall, asked: Asked) -> JsonObject:
    if call.is_custom or call.name in asked.custom_tools:
        return {"id": call.id, "type": "custom", "custom": {"name": call.name, "input": asked.custom_input(call)}}
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def write_usage(usage: Usage) -> JsonObject:
    """Writes usage as OpenAI does; what nobody counted is zero here."""
    prompt, completion = usage.input_tokens or 0, usage.output_tokens or 0
    prompt_details = {"cached_tokens": usage.cache_read_tokens or 0, "audio_tokens": usage.input_audio_tokens or 0}
    if usage.cache_write_tokens:
        prompt_details["cache_write_tokens"] = usage.cache_write_tokens
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": prompt_details,
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning_tokens or 0,
            "audio_tokens": usage.output_audio_tokens or 0,
        },
    }
