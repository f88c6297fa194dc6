"""Renders InvokeModel's exchanges: Anthropic's bodies as messages, their stream unwrapped first."""

from providers.dialects.frame_stream import stored_frames
from providers.dialects.invoke.response import unwrapped
from providers.dialects.messages.conversation import messages as messages_of
from providers.dialects.messages.reassembly import reassemble as reassemble_message
from providers.facts import ChatMessage, JsonObject


def reassemble(body: str) -> JsonObject:
    """Returns the message a stream was; what never arrived is missing in it."""
    return reassemble_message(_events(body))


def messages(request_body: str | None, response_body: str | None) -> list[ChatMessage]:
    """Returns the system prompt and the messages sent, then the answer; a body that cannot be read adds none."""
    return messages_of(request_body, _events(response_body or "") or response_body)


def _events(body: str) -> str:
    """Writes the wrapped events of a stored stream as the server-sent events they would be elsewhere."""
    events = [unwrapped(frame.payload).decode("utf-8", "replace") for frame in stored_frames(body)]
    return "".join(f"data: {event}\n\n" for event in events if event)
