"""The dialects, each as what it does for a caller that speaks it and for a provider that does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from providers.facts import JsonObject
from providers.translation import failures
from providers.translation.asked import Asked
from providers.translation.chat_completions import read_request as chat_read_request
from providers.translation.chat_completions import read_stream as chat_read_stream
from providers.translation.chat_completions import response as chat_response
from providers.translation.chat_completions import write_request as chat_write_request
from providers.translation.chat_completions import write_stream as chat_write_stream
from providers.translation.cohere import response as cohere_response
from providers.translation.cohere import write_request as cohere_write_request
from providers.translation.converse import response as converse_response
from providers.translation.converse import write_request as converse_write_request
from providers.translation.events import Event, Failed
from providers.translation.gemini import read_request as gemini_read_request
from providers.translation.gemini import read_stream as gemini_read_stream
from providers.translation.gemini import response as gemini_response
from providers.translation.gemini import write_request as gemini_write_request
from providers.translation.gemini import write_stream as gemini_write_stream
from providers.translation.messages import read_request as messages_read_request
from providers.translation.messages import read_stream as messages_read_stream
from providers.translation.messages import response as messages_response
from providers.translation.messages import write_request as messages_write_request
from providers.translation.messages import write_stream as messages_write_stream
from providers.translation.neutral import Request, Response
from providers.translation.notes import Notes
from providers.translation.responses import output as responses_output
from providers.translation.responses import read_request as responses_read_request
from providers.translation.responses import read_response as responses_read_response
from providers.translation.responses import read_stream as responses_read_stream
from providers.translation.responses import write_request as responses_write_request
from providers.translation.responses import write_stream as responses_write_stream


class Reader(Protocol):
    """Reads a provider's stream."""

    def feed(self, chunk: bytes) -> list[Event]:
        """Takes the next bytes, cut anywhere."""

    def close(self) -> list[Event]:
        """Takes note that no more will come."""


class Writer(Protocol):
    """Writes a caller's stream."""

    def write(self, events: list[Event]) -> bytes:
        """Returns the bytes for these events."""


@dataclass(frozen=True)
class Caller:
    """A dialect as callers speak it."""

    read_request: Callable[[bytes, Notes], Request]
    write_response: Callable[[Response, Asked], JsonObject]
    new_writer: Callable[[Asked], Writer]
    write_failure: Callable[[Failed], bytes]


@dataclass(frozen=True)
class Provider:
    """A dialect as providers speak it."""

    write_request: Callable[[Request, str, Notes], JsonObject]
    read_response: Callable[[bytes, Asked], Response]
    new_reader: Callable[[Asked], Reader]
    takes_cache_marks: bool = False
    """Whether it can be told how much of a prompt to keep."""


CALLERS: dict[str, Caller] = {
    "chat_completions": Caller(
        chat_read_request.read_request,
        chat_response.write_response,
        chat_write_stream.ChatWriter,
        failures.openai_body,
    ),
    "messages": Caller(
        messages_read_request.read_request,
        messages_response.write_response,
        messages_write_stream.MessagesWriter,
        failures.anthropic_body,
    ),
    "responses": Caller(
        responses_read_request.read_request,
        responses_output.write_response,
        responses_write_stream.ResponsesWriter,
        failures.openai_body,
    ),
    "gemini": Caller(
        gemini_read_request.read_request,
        gemini_response.write_response,
        gemini_write_stream.GeminiWriter,
        failures.google_body,
    ),
}
PROVIDERS: dict[str, Provider] = {
    "chat_completions": Provider(
        chat_write_request.write_request, chat_response.read_response, chat_read_stream.ChatReader
    ),
    "messages": Provider(
        messages_write_request.write_request,
        messages_response.read_response,
        messages_read_stream.MessagesReader,
        takes_cache_marks=True,
    ),
    "responses": Provider(
        responses_write_request.write_request,
        responses_read_response.read_response,
        responses_read_stream.ResponsesReader,
    ),
    "gemini": Provider(
        gemini_write_request.write_request, gemini_response.read_response, gemini_read_stream.GeminiReader
    ),
    "converse": Provider(
        converse_write_request.write_request,
        converse_response.read_response,
        converse_response.ConverseReader,
        takes_cache_marks=True,
    ),
    "cohere": Provider(cohere_write_request.write_request, cohere_response.read_response, cohere_response.CohereReader),
}
