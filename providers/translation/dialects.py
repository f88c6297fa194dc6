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
from providers.translation.events import Event, Failed
from providers.translation.messages import read_request as messages_read_request
from providers.translation.messages import read_stream as messages_read_stream
from providers.translation.messages import response as messages_response
from providers.translation.messages import write_request as messages_write_request
from providers.translation.messages import write_stream as messages_write_stream
from providers.translation.neutral import Request, Response
from providers.translation.notes import Notes


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
}
PROVIDERS: dict[str, Provider] = {
    "chat_completions": Provider(
        chat_write_request.write_request, chat_response.read_response, chat_read_stream.ChatReader
    ),
    "messages": Provider(
        messages_write_request.write_request, messages_response.read_response, messages_read_stream.MessagesReader
    ),
}
