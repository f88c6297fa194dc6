"""Reads chat completions' answers: whole bodies, errors, and streams of chunks."""

from typing import Any

from providers.dialects.batched_stream import BatchedStream
from providers.dialects.builder import FactsBuilder
from providers.dialects.chat_completions.usage import read_cost, read_usage
from providers.dialects.chat_completions.wire import Answer, Choice, Message, batch_decoder, decoder
from providers.dialects.errors import read_error_body, read_errors
from providers.dialects.finish_reasons import normalize
from providers.dialects.parts import text_of
from providers.facts import ResponseFacts
from providers.lenient import decode, text


def parse_response(body: bytes) -> ResponseFacts:
    """Reads a whole response body, an error's included."""
    builder = FactsBuilder()
    answer = decode(body, decoder)
    if answer is not None:
        _take(builder, answer)
    if answer is None or answer.choices is None:
        builder.set_error(read_errors(body))
    return builder.facts()


class ChatStream(BatchedStream[Answer]):
    """Reads a stream of chat completion chunks; `[DONE]` or an error ends it."""

    marks = (b"[DONE]", b'"error":')

    def __init__(self) -> None:
        super().__init__(decoder, batch_decoder)

    def take(self, event: Answer) -> None:
        if _take(self.builder, event):
            self.first_content = True
        if self.builder.error_type is not None:
            self.terminal = True

    def take_all(self, events: list[Answer]) -> None:
        """Takes events in a row; most hold nothing but the next words, and of those the words are joined first."""
        words: list[str] = []
        for event in events:
            next_words = self._words_alone(event)
            if next_words is not None:
                words.append(next_words)
                continue
            if words:
                self.builder.add_text("".join(words))
                words.clear()
            self.take(event)
        if words:
            self.builder.add_text("".join(words))

    def _words_alone(self, event: Answer) -> str | None:
        """Returns the words of an event that says nothing else that has not been noted; None for other events."""
        choices = event.choices
        if (
            choices is None
            or len(choices) != 1
            or event.usage is not None
            or event.error is not None
            or event.x_groq is not None
            or event.service_tier != self.builder.service_tier
            or self.builder.response_model is None
            or not self.first_content
        ):
            return None
        choice = choices[0]
        delta = choice.delta
        if (
            delta is None
            or choice.finish_reason is not None
            or choice.usage is not None
            or (choice.index != 0 and choice.index is not None)
            or delta.tool_calls is not None
            or delta.function_call is not None
            or delta.audio is not None
        ):
            return None
        return delta.content if type(delta.content) is str and delta.content else None


def _take(builder: FactsBuilder, answer: Answer) -> bool:
    """Notes what a body or a chunk says; returns whether it holds content."""
    if builder.response_model is None:
        builder.response_model = text(answer.model)
    if answer.service_tier is not None:
        builder.service_tier = text(answer.service_tier)
    if answer.error is not None:
        builder.set_error(read_error_body({"error": answer.error}))
    content = False
    for choice in answer.choices or ():
        message = choice.delta or choice.message
        if message is not None and _take_message(builder, choice, message):
            content = True
        if choice.finish_reason is not None:
            # The first choice speaks for the response.
            builder.finish_reason = builder.finish_reason or normalize(choice.finish_reason)
        if choice.usage is not None:
            _take_usage(builder, choice.usage)
    if answer.x_groq is not None and isinstance(answer.x_groq, dict):
        _take_usage(builder, answer.x_groq.get("usage"))
    if answer.usage is not None:
        _take_usage(builder, answer.usage)
    return content


def _take_message(builder: FactsBuilder, choice: Choice, message: Message) -> bool:
    content = False
    if message.content:
        said = message.content if type(message.content) is str else text_of(message.content)
        content = True
        if choice.index in (0, None):
            builder.add_text(said)
    elif message.refusal and isinstance(message.refusal, str):
        content = True
        builder.add_text(message.refusal)
    if message.tool_calls or message.function_call:
        content = True
        _take_tools(builder, choice.index, message)
    if message.audio and isinstance(message.audio, dict):
        content = True
        builder.add_text(text(message.audio.get("transcript")) or "")
    return content or bool(message.reasoning_content or message.reasoning)


def _take_tools(builder: FactsBuilder, choice: Any, message: Message) -> None:
    calls = message.tool_calls if isinstance(message.tool_calls, list) else []
    for position, call in enumerate(calls):
        if not isinstance(call, dict):
            continue
        function = call.get("function") or call.get("custom")
        index = call.get("index")
        key = (str(choice), index if isinstance(index, int) else position)
        builder.add_tool(key, function.get("name") if isinstance(function, dict) else None)
    if isinstance(message.function_call, dict):
        builder.add_tool((str(choice), None), message.function_call.get("name"))


def _take_usage(builder: FactsBuilder, raw: object) -> None:
    usage = read_usage(raw)
    if usage is not None:
        builder.usage = usage
    cost = read_cost(raw)
    if cost is not None:
        builder.provider_cost_usd = cost
