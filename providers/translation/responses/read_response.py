"""Reads whole answers of responses."""

from providers.dialects.errors import read_error
from providers.dialects.finish_reasons import normalize
from providers.dialects.responses.response import read_usage
from providers.lenient import decode, mapping
from providers.translation import neutral, signatures
from providers.translation.asked import Asked
from providers.translation.notes import UnreadableAnswer
from providers.translation.responses import wire
from providers.translation.signatures import Signature

_DIALECT = "responses"


def read_response(body: bytes, asked: Asked) -> neutral.Response:
    """Reads a whole body."""
    answer = decode(body, wire.answer_decoder)
    if answer is None or answer.output is None or answer.status == "failed":
        said = read_error(answer.error) if answer is not None else None
        raise UnreadableAnswer(f"the provider's answer holds no response: {said[1] if said else 'it has no output'}")
    parts = [part for item in answer.output for part in _parts(item)]
    return neutral.Response(
        id=answer.id,
        model=answer.model,
        created_at=None if answer.created_at is None else int(answer.created_at),
        parts=parts,
        finish_reason=finish_reason(answer, has_calls=any(isinstance(part, neutral.ToolCall) for part in parts)),
        usage=read_usage(answer.usage),
        service_tier=answer.service_tier,
    )


def finish_reason(answer: wire.Answer, *, has_calls: bool) -> str | None:
    if answer.status == "incomplete":
        return normalize(mapping(answer.incomplete_details).get("reason") or "length")
    return "tool_calls" if has_calls else normalize(answer.status)


def seal_of(item: wire.Item) -> Signature | None:
    """Returns what proves an item's reasoning."""
    if not item.encrypted_content:
        return None
    return signatures.read(item.encrypted_content, _DIALECT, item.id or "")


def _parts(item: wire.Item) -> list[neutral.Part]:
    if item.type == "message":
        return [
            neutral.Refusal(part.refusal or "") if part.type == "refusal" else neutral.Text(part.text or "")
            for part in item.content or ()
        ]
    if item.type == "function_call":
        return [neutral.ToolCall(item.call_id or item.id or "", item.name or "", item.arguments or "")]
    if item.type == "custom_tool_call":
        return [neutral.ToolCall(item.call_id or item.id or "", item.name or "", item.input or "", is_custom=True)]
    if item.type == "reasoning":
        words = [part.text or "" for part in (*(item.summary or ()), *(item.content or ()))]
        seal = seal_of(item)
        return [neutral.Thought("\n\n".join(words), seal)] if words or seal else []
    return []
