"""Renders a Gemini answer and its request as one conversation."""

from providers.dialects.gemini.parts import calls_of, images_of, parts_of, readable, results_of, thoughts_of
from providers.dialects.gemini.reassembly import reassemble
from providers.facts import ChatMessage, JsonObject
from providers.lenient import decode_object, mappings, text

_ROLES = {"model": "assistant", "function": "tool"}


def messages(request_body: str | None, response_body: str | None) -> list[ChatMessage]:
    """Returns the system instruction and the contents sent, then the answer; a body that cannot be read adds none."""
    request = decode_object(request_body or "")
    contents = request.get("contents")
    sent = [contents] if isinstance(contents, (str, dict)) else mappings(contents)
    rendered = [_message(content, "user") for content in sent if parts_of(content)]
    system = readable(parts_of(request.get("systemInstruction") or request.get("system_instruction")))
    if system:
        rendered.insert(0, ChatMessage(role="system", text=system))
    answered = [candidate.get("content") for candidate in reassemble(response_body or "")["candidates"]]
    return rendered + [_message(content, "assistant") for content in answered if parts_of(content)]


def _message(content: str | JsonObject, role: str) -> ChatMessage:
    parts = parts_of(content)
    given = text(content.get("role")) if isinstance(content, dict) else None
    said, results = readable(parts), results_of(parts)
    # Results come in a user's name; a message that holds nothing else is the tool's.
    is_tools = bool(results) and not said and len(results) == len(parts)
    return ChatMessage(
        role="tool" if is_tools else _ROLES.get(given or role, given or role),
        text=said,
        reasoning=thoughts_of(parts),
        tool_calls=calls_of(parts),
        tool_results=results,
        images=images_of(parts),
    )
