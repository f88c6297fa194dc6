"""Whole answers of messages, read and written."""

import msgspec

from providers.dialects.finish_reasons import normalize
from providers.dialects.messages.usage import read_tier, read_usage
from providers.facts import JsonObject
from providers.lenient import decode
from providers.translation import neutral, signatures
from providers.translation.asked import Asked
from providers.translation.messages.blocks import DIALECT, write_call, write_thought
from providers.translation.messages.tools import FORMAT_TOOL, answers_by_tool
from providers.translation.messages.wire import Block, answer_decoder
from providers.translation.notes import UnreadableAnswer
from providers.usage import Usage

STOP_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
    "pause": "pause_turn",
}
"""Any other reason is told as `end_turn`: the set is closed."""


def read_response(body: bytes, asked: Asked) -> neutral.Response:
    """Reads a whole body."""
    answer = decode(body, answer_decoder)
    if answer is None or answer.content is None:
        raise UnreadableAnswer("the provider's answer holds no message")
    unpacks = unpacks_format(asked)
    parts = [part for block in answer.content if (part := _part(block, unpacks=unpacks)) is not None]
    return neutral.Response(
        id=answer.id,
        model=answer.model,
        parts=parts,
        finish_reason=finish_reason(answer.stop_reason, parts),
        stop_sequence=answer.stop_sequence,
        usage=read_usage(answer.usage),
        service_tier=read_tier(answer.usage),
    )


def unpacks_format(asked: Asked) -> bool:
    """Whether the answer comes as the arguments of a tool."""
    return answers_by_tool(asked.request, asked.model)


def finish_reason(stop_reason: str | None, parts: list[neutral.Part]) -> str | None:
    """Returns why it stopped; a call that stands for the answer is none of the caller's."""
    reason = normalize(stop_reason)
    if reason == "tool_calls" and not any(isinstance(part, neutral.ToolCall) for part in parts):
        return "stop"
    return reason


def _part(block: Block, *, unpacks: bool) -> neutral.Part | None:
    if block.type == "text":
        return neutral.Text(block.text or "")
    if block.type == "tool_use":
        arguments = msgspec.json.encode(block.input or {}).decode()
        if unpacks and block.name == FORMAT_TOOL:
            return neutral.Text(arguments)
        return neutral.ToolCall(block.id or "", block.name or "", arguments)
    if block.type == "thinking":
        signature = signatures.read(block.signature, DIALECT) if block.signature else None
        return neutral.Thought(block.thinking or "", signature)
    if block.type == "redacted_thinking":
        return neutral.Thought(signature=signatures.read(block.data or "", DIALECT, signatures.REDACTED))
    return None


def write_response(response: neutral.Response, asked: Asked) -> JsonObject:
    """Returns the body of a message."""
    return {
        "id": asked.new_id("msg_", response.id),
        "type": "message",
        "role": "assistant",
        "model": response.model or asked.model,
        "content": [_block(part) for part in response.parts],
        "stop_reason": stop_reason(
            response.finish_reason,
            response.stop_sequence,
            has_calls=any(isinstance(part, neutral.ToolCall) for part in response.parts),
        ),
        "stop_sequence": response.stop_sequence,
        "usage": write_usage(response.usage),
    }


def stop_reason(reason: str | None, sequence: str | None, *, has_calls: bool) -> str:
    if sequence is not None and reason == "stop":
        return "stop_sequence"
    if has_calls and reason in (None, "stop"):
        return "tool_use"
    return STOP_REASONS.get(reason or "stop", "end_turn")


def _block(part: neutral.Part) -> JsonObject:
    if isinstance(part, neutral.ToolCall):
        return write_call(part)
    if isinstance(part, neutral.Thought):
        return write_thought(part)
    return {"type": "text", "text": part.text if isinstance(part, (neutral.Text, neutral.Refusal)) else ""}


def write_usage(usage: Usage | None) -> JsonObject:
    """Writes usage as Anthropic does: the input without what the cache gave or took."""
    if usage is None:
        return {"input_tokens": 0, "output_tokens": 0}
    read, written = usage.cache_read_tokens or 0, usage.cache_write_tokens or 0
    counts: JsonObject = {
        "input_tokens": max((usage.input_tokens or 0) - read - written, 0),
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
        "output_tokens": usage.output_tokens or 0,
    }
    if usage.reasoning_tokens is not None:
        counts["output_tokens_details"] = {"thinking_tokens": usage.reasoning_tokens}
    return counts
