"""Reasoning in chat completions, which has no field for it of its own.

DeepSeek's `reasoning_content` is what most of its relatives and clients know for the words. OpenRouter's
`reasoning_details` carries what proves them, which a client that keeps it sends back with the next turn.
"""

from providers.facts import JsonObject
from providers.translation import neutral, signatures
from providers.translation.source import Source

_DIALECT = "chat_completions"


def read_reasoning(message: Source) -> list[neutral.Part]:
    """Takes the thoughts out of an assistant's message."""
    words = message.text("reasoning_content")
    other_words = message.text("reasoning")
    words = words or other_words
    details = [detail for detail in message.take("reasoning_details") or [] if isinstance(detail, dict)]
    thoughts = [_thought(detail) for detail in details]
    if any(thought.signature for thought in thoughts) or (thoughts and not words):
        return [*thoughts]
    return [neutral.Thought(text=words)] if words else []


def write_detail(thought: neutral.Thought, index: int) -> JsonObject:
    """Writes one thought with its signature."""
    signature = signatures.written(thought.signature, _DIALECT) if thought.signature else None
    if thought.is_redacted:
        return {"type": "reasoning.encrypted", "data": signature, "index": index}
    return {"type": "reasoning.text", "text": thought.text, "signature": signature, "index": index}


def _thought(detail: JsonObject) -> neutral.Thought:
    if detail.get("type") == "reasoning.encrypted":
        return neutral.Thought(signature=_signature(detail.get("data"), signatures.REDACTED))
    text = detail.get("text") or detail.get("summary")
    return neutral.Thought(text=text if isinstance(text, str) else "", signature=_signature(detail.get("signature")))


def _signature(value: object, id: str = "") -> signatures.Signature | None:
    return signatures.read(value, _DIALECT, id) if isinstance(value, str) and value else None
