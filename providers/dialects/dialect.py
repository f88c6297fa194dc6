"""The dialects, which are the wire formats providers speak, and which of them is spoken at a path."""

from dataclasses import replace

from providers.dialects import errors, paths
from providers.dialects.chat_completions import conversation as chat_conversation
from providers.dialects.chat_completions import reassembly as chat_reassembly
from providers.dialects.chat_completions import request as chat_request
from providers.dialects.chat_completions import response as chat_response
from providers.dialects.definition import SSE, Dialect
from providers.dialects.gemini import conversation as gemini_conversation
from providers.dialects.gemini import reassembly as gemini_reassembly
from providers.dialects.gemini import request as gemini_request
from providers.dialects.gemini import response as gemini_response
from providers.dialects.messages import conversation as messages_conversation
from providers.dialects.messages import reassembly as messages_reassembly
from providers.dialects.messages import request as messages_request
from providers.dialects.messages import response as messages_response
from providers.dialects.responses import conversation as responses_conversation
from providers.dialects.responses import reassembly as responses_reassembly
from providers.dialects.responses import request as responses_request
from providers.dialects.responses import response as responses_response

__all__ = ["DIALECTS", "Dialect", "dialect_of"]

CHAT_COMPLETIONS = Dialect(
    name="chat_completions",
    parse_request=chat_request.parse_request,
    parse_response=chat_response.parse_response,
    new_stream=chat_response.ChatStream,
    reassemble=chat_reassembly.reassemble,
    messages=chat_conversation.messages,
    error_body=errors.openai_error,
    model_in_path=paths.azure_deployment,
)
RESPONSES = Dialect(
    name="responses",
    parse_request=responses_request.parse_request,
    parse_response=responses_response.parse_response,
    new_stream=responses_response.ResponsesStream,
    reassemble=responses_reassembly.reassemble,
    messages=responses_conversation.messages,
    error_body=errors.openai_error,
    model_in_path=paths.azure_deployment,
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

GEMINI = Dialect(
    name="gemini",
    parse_request=gemini_request.parse_request,
    parse_response=gemini_response.parse_response,
    new_stream=gemini_response.GeminiStream,
    reassemble=gemini_reassembly.reassemble,
    messages=gemini_conversation.messages,
    error_body=errors.google_error,
    model_in_path=paths.google_model,
    stream_in_path=paths.asks_for_stream,
)
GEMINI_STREAM = replace(GEMINI, stream_types=(SSE, "application/json"))
"""Gemini where a stream is asked for, which without `alt=sse` is a JSON array."""
MESSAGES_ON_VERTEX = replace(MESSAGES, model_in_path=paths.google_model, stream_in_path=paths.asks_for_stream)

DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (CHAT_COMPLETIONS, RESPONSES, MESSAGES, GEMINI)}

_BY_ENDING: tuple[tuple[str, Dialect], ...] = (
    ("/chat/completions", CHAT_COMPLETIONS),
    ("/responses", RESPONSES),
    ("/messages", MESSAGES),
    (":generateContent", GEMINI),
    (":streamGenerateContent", GEMINI_STREAM),
)


def dialect_of(path: str) -> Dialect | None:
    """Returns the dialect spoken at a provider's path, by how the path ends."""
    path = path.rstrip("/")
    if path.endswith((":rawPredict", ":streamRawPredict")):
        return MESSAGES_ON_VERTEX if "/publishers/anthropic/" in path else None
    # OpenAI's assistants keep lists of messages under their threads: another thing of the same name.
    if "/threads/" in path:
        return None
    return next((dialect for ending, dialect in _BY_ENDING if path.endswith(ending)), None)
