"""What every dialect is made of.

Everything in it is a pure function of bytes. What cannot be parsed gives no facts; it never raises.
"""

from collections.abc import Callable
from dataclasses import dataclass

from providers.facts import ChatMessage, DialectName, JsonObject, RequestFacts, ResponseFacts, StreamReader

SSE = "text/event-stream"


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
    stream_types: tuple[str, ...] = (SSE,)
    """How the content types of its streams begin, in lower case."""
    model_in_path: Callable[[str], str | None] | None = None
    """Reads the model from a provider's path, in dialects and places that name it there."""
    stream_in_path: Callable[[str], bool] | None = None
    """Tells whether a path asks for a stream, in dialects whose bodies do not say."""
