"""Whole answers of Gemini, read and written."""

import msgspec

from providers.dialects.finish_reasons import normalize
from providers.dialects.gemini.usage import read_tier, read_usage
from providers.facts import JsonObject
from providers.lenient import decode, decode_object, mapping, text
from providers.translation import neutral, signatures
from providers.translation.asked import Asked
from providers.translation.gemini.joining import joined
from providers.translation.gemini.read_contents import DIALECT
from providers.translation.gemini.wire import Answer, Part, decoder
from providers.translation.ids import made
from providers.translation.media import data_url
from providers.translation.notes import UnreadableAnswer
from providers.usage import Usage

_FINISH_REASONS = {"length": "MAX_TOKENS", "content_filter": "SAFETY"}
"""Any other reason is told as `STOP`."""


def read_response(body: bytes, asked: Asked) -> neutral.Response:
    """Reads a whole body."""
    answer = decode(body, decoder)
    if answer is None or (not answer.candidates and not is_blocked(answer)):
        raise UnreadableAnswer("the provider's answer holds no candidate")
    candidate = answer.candidates[0] if answer.candidates else None
    content = candidate.content if candidate is not None else None
    parts: list[neutral.Part] = []
    for part in (content.parts if content is not None else None) or ():
        parts += _parts(part, made(answer.response_id or asked.seed, len(parts)))
    reason = normalize(candidate.finish_reason) if candidate is not None else "content_filter"
    if reason == "stop" and any(isinstance(part, neutral.ToolCall) for part in parts):
        reason = "tool_calls"
    return neutral.Response(
        id=answer.response_id,
        model=answer.model_version,
        parts=joined(parts),
        finish_reason=reason,
        usage=read_usage(answer.usage_metadata),
        service_tier=read_tier(answer.usage_metadata),
    )


def is_blocked(answer: Answer) -> bool:
    """Whether the prompt was refused."""
    return text(mapping(answer.prompt_feedback).get("blockReason")) is not None


def call_of(part: Part, id: str) -> neutral.ToolCall:
    """Reads a call; one without an id gets the given one."""
    call = mapping(part.function_call)
    arguments = msgspec.json.encode(call.get("args") or {}).decode()
    return neutral.ToolCall(text(call.get("id")) or id, text(call.get("name")) or "", arguments)


def image_of(part: Part) -> str:
    """Returns an image of the answer's as Markdown: no other dialect has a place for one."""
    data = mapping(part.inline_data)
    media_type = text(data.get("mimeType")) or "image/png"
    link = f"[{media_type}]({data_url(media_type, text(data.get('data')) or '')})"
    return f"!{link}" if media_type.startswith("image/") else link


def signature_of(part: Part) -> signatures.Signature | None:
    return signatures.read(part.thought_signature, DIALECT) if part.thought_signature else None


def _parts(part: Part, id: str) -> list[neutral.Part]:
    signature = signature_of(part)
    if part.thought:
        return [neutral.Thought(part.text or "", signature)]
    signed: list[neutral.Part] = [neutral.Thought(signature=signature)] if signature is not None else []
    if part.function_call is not None:
        return [*signed, call_of(part, id)]
    if part.inline_data is not None:
        return [*signed, neutral.Text(image_of(part))]
    return [*signed, neutral.Text(part.text)] if part.text else signed


def write_response(response: neutral.Response, asked: Asked) -> JsonObject:
    """Returns the body of an answer."""
    parts = [said for part in response.parts if (said := write_part(part, asked)) is not None]
    candidate = {
        "content": {"parts": parts, "role": "model"},
        "finishReason": finish_reason(response.finish_reason),
        "index": 0,
    }
    written: JsonObject = {"candidates": [candidate]}
    if response.usage is not None:
        written["usageMetadata"] = write_usage(response.usage)
    written["modelVersion"] = response.model or asked.model
    written["responseId"] = response.id or asked.seed
    return written


def write_part(part: neutral.Part, asked: Asked) -> JsonObject | None:
    """Writes a part of the answer; None for thoughts that nobody asked to see and nothing proves."""
    if isinstance(part, neutral.ToolCall):
        return {"functionCall": {"id": part.id, "name": part.name, "args": decode_object(part.arguments)}}
    if isinstance(part, neutral.Thought):
        return _thought(part, asked)
    return {"text": part.text if isinstance(part, (neutral.Text, neutral.Refusal)) else ""}


def _thought(thought: neutral.Thought, asked: Asked) -> JsonObject | None:
    written: JsonObject = {"text": thought.text, "thought": True}
    if thought.signature is not None:
        return {**written, "thoughtSignature": signatures.written(thought.signature, DIALECT)}
    return written if shows_thoughts(asked) else None


def shows_thoughts(asked: Asked) -> bool:
    """Whether the caller wants to read the reasoning."""
    thinking = asked.request.thinking
    return thinking is not None and thinking.is_shown is True


def finish_reason(reason: str | None) -> str:
    return _FINISH_REASONS.get(reason or "stop", "STOP")


def write_usage(usage: Usage) -> JsonObject:
    """Writes usage as Google does: thoughts beside the answer."""
    taken, given, thoughts = usage.input_tokens or 0, usage.output_tokens or 0, usage.reasoning_tokens or 0
    written: JsonObject = {"promptTokenCount": taken, "candidatesTokenCount": given - min(thoughts, given)}
    if usage.cache_read_tokens:
        written["cachedContentTokenCount"] = usage.cache_read_tokens
    if thoughts:
        written["thoughtsTokenCount"] = thoughts
    return {**written, "totalTokenCount": taken + given}
