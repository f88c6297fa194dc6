"""A dialect is a wire format providers speak: how requests, responses, streams and errors are written in it.

Everything here is a pure function of bytes. What cannot be parsed gives no facts; it never raises.
"""

from collections.abc import Callable
from dataclasses import dataclass

from providers.dialects import errors
from providers.dialects.chat_completions import conversation as chat_conversation
from providers.dialects.chat_completions import reassembly as chat_reassembly
from providers.dialects.chat_completions import request as chat_request
from providers.dialects.chat_completions import response as chat_response
from providers.dialects.messages import conversation as messages_conversation
from providers.dialects.messages import reassembly as messages_reassembly
from providers.dialects.messages import request as messages_request
from providers.dialects.messages import response as messages_response
from providers.dialects.responses import conversation as responses_conversation
from providers.dialects.responses import reassembly as responses_reassembly
from providers.dialects.responses import request as responses_request
from providers.dialects.responses import response as responses_response
from providers.facts import ChatMessage, DialectName, JsonObject, RequestFacts, ResponseFacts, StreamReader


@dataclass(frozen=True)
class Dialect:
    """The functions of one wire format."""

    name: DialectName
    parse_request: Callable[[bytes], RequestFacts]
    parse_response: Callable[[bytes], ResponseFacts]
    """Reads a whole response body, an error's included."""
    new_stream: Callable[[], StreamReader]
    reassemble: Callable[[str], JsonObject]
    """Turns the stored events of a stream into the body the provider would have sent without streaming."""
    messages: Callable[[str | None, str | None], list[ChatMessage]]
    """Renders a request body and its response body, a stream or not, as one conversation."""
    error_body: Callable[[int, str, str], bytes]
    """Writes an error of ours (status, message, type) in this dialect's shape."""


CHAT_COMPLETIONS = Dialect(
    name="chat_completions",
    parse_request=chat_request.parse_request,
    parse_response=chat_response.parse_response,
    new_stream=chat_response.ChatStream,
    reassemble=chat_reassembly.reassemble,
    messages=chat_conversation.messages,
    error_body=errors.openai_error,
)
RESPONSES = Dialect(
    name="responses",
    parse_request=responses_request.parse_request,
    parse_response=responses_response.parse_response,
    new_stream=responses_response.ResponsesStream,
    reassemble=responses_reassembly.reassemble,
    messages=responses_conversation.messages,
    error_body=errors.openai_error,
)
MESSAGES = Dialect(
    name="messages",
    parse_request=messages_request.parse_request,
    parse_response=messages_response.parse_response,
    new_stream=messages_response.MessagesStream,
    reassemble=messages_reassembly.reassemble,
    messages=messages_conversation.messages,
    error_body=errors.anthropic_error,
)

DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (CHAT_COMPLETIONS, RESPONSES, MESSAGES)}


def dialect_of(path: str) -> Dialect | None:
    """Returns the dialect spoken at a provider's path, by how the path ends."""
    path = path.rstrip("/")
    if path.endswith("/chat/completions"):
        return CHAT_COMPLETIONS
    if path.endswith("/responses"):
        return RESPONSES
    # OpenAI's assistants keep lists of messages under their threads: another thing of the same name.
    if path.endswith("/messages") and "/threads/" not in path:
        return MESSAGES
    return None
