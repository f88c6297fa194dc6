"""Reads the responses API's answers: whole bodies, errors, and streams of events."""

import msgspec

from providers.dialects.batched_stream import BatchedStream
from providers.dialects.builder import FactsBuilder
from providers.dialects.chat_completions.usage import read_cost
from providers.dialects.errors import read_error, read_error_body
from providers.dialects.finish_reasons import normalize
from providers.dialects.parts import text_of
from providers.dialects.responses.wire import Answer, Event, Item, answer_decoder, batch_decoder, event_decoder
from providers.facts import ResponseFacts
from providers.lenient import decode, decode_object, mapping, text
from providers.usage import Usage, count, known

_ENDS = {"response.completed", "response.incomplete", "response.failed", "response.cancelled"}
_SPOKEN = {"response.output_text.delta", "response.refusal.delta", "response.audio.transcript.delta"}
_CALLS_OF_THE_CALLER = (
    "function_call",
    "custom_tool_call",
    "computer_call",
    "local_shell_call",
    "shell_call",
    "apply_patch_call",
)


def parse_response(body: bytes) -> ResponseFacts:
    """Reads a whole response body, an error's included."""
    builder = FactsBuilder()
    answer = decode(body, answer_decoder)
    if answer is not None:
        _take_answer(builder, answer)
        _take_output(builder, answer.output or [])
    if answer is None or answer.output is None:
        builder.set_error(read_error_body(decode_object(body)))
    return builder.facts()


class ResponsesStream(BatchedStream[Event]):
    """Reads a stream of response events; a finished response of any kind, or an error, ends it."""

    marks = (b'"response":', b'"error"')

    def __init__(self) -> None:
        super().__init__(event_decoder, batch_decoder)
        self._has_spoken = False

    def take(self, event: Event) -> None:
        kind = event.type if isinstance(event.type, str) else ""
        if kind.endswith(".delta"):
            if event.delta and isinstance(event.delta, str):
                self.first_content = True
                if kind in _SPOKEN:
                    self._has_spoken = True
                    self.builder.add_text(event.delta)
        elif event.item is not None:
            if _take_item(self.builder, event.output_index, event.item):
                self.first_content = True
        elif event.response is not None:
            self._take_response(kind, event.response)
        elif kind == "error" or event.error is not None:
            self.terminal = True
            said = event.error or {"code": event.code, "message": event.message}
            self.builder.set_error(read_error(said) or ("error", None))
            self.builder.finish_reason = "error"

    def _take_response(self, kind: str, answer: Answer) -> None:
        is_end = kind in _ENDS
        _take_answer(self.builder, answer, is_end=is_end)
        if is_end:
            self.terminal = True
            for i, item in enumerate(answer.output or ()):
                said = _take_item(self.builder, i, item)
                self.first_content = self.first_content or said
                if item.type == "message" and not self._has_spoken:
                    self.builder.add_text(text_of(item.content))


def _take_answer(builder: FactsBuilder, answer: Answer, *, is_end: bool = True) -> None:
    builder.response_model = text(answer.model) or builder.response_model
    builder.service_tier = text(answer.service_tier) or builder.service_tier
    builder.usage = _usage(answer) or builder.usage
    cost = read_cost(answer.usage)
    if cost is not None:
        builder.provider_cost_usd = cost
    if answer.error is not None:
        builder.set_error(read_error(answer.error))
    if is_end:
        builder.finish_reason = _finish_reason(answer) or builder.finish_reason


def _usage(answer: Answer) -> Usage | None:
    usage = read_usage(answer.usage)
    searches = sum(_is_search(item) for item in answer.output or ())
    return msgspec.structs.replace(usage, web_searches=searches) if usage is not None and searches else usage


def _is_search(item: Item) -> bool:
    """Of what the tool for the web does, searching is billed; opening a page and looking through it are not."""
    return bool(item.type == "web_search_call" and mapping(item.action).get("type", "search") == "search")


def _finish_reason(answer: Answer) -> str | None:
    if answer.status == "incomplete":
        return normalize(mapping(answer.incomplete_details).get("reason") or "incomplete")
    if answer.status == "completed" and any(item.type in _CALLS_OF_THE_CALLER for item in answer.output or ()):
        return "tool_calls"
    return normalize(answer.status) if answer.status in ("completed", "failed", "cancelled") else None


def _take_output(builder: FactsBuilder, items: list[Item]) -> None:
    for i, item in enumerate(items):
        _take_item(builder, i, item)
        if item.type == "message":
            builder.add_text(text_of(item.content))


def _take_item(builder: FactsBuilder, position: object, item: Item) -> bool:
    """Notes a tool call; returns whether the item is one. Tools of the provider have no name but their kind."""
    kind = item.type if isinstance(item.type, str) else ""
    if not kind.endswith("_call"):
        return False
    builder.add_tool(position, text(item.name) or kind.removesuffix("_call"))
    return True


def read_usage(raw: object) -> Usage | None:
    """Reads a `usage` object; totals contain their parts."""
    usage = mapping(raw)
    input_details, output_details = (
        mapping(usage.get("input_tokens_details")),
        mapping(usage.get("output_tokens_details")),
    )
    return known(
        Usage(
            input_tokens=count(usage.get("input_tokens")),
            output_tokens=count(usage.get("output_tokens")),
            cache_read_tokens=count(input_details.get("cached_tokens")),
            cache_write_tokens=count(input_details.get("cache_write_tokens")),
            reasoning_tokens=count(output_details.get("reasoning_tokens")),
            input_audio_tokens=count(input_details.get("audio_tokens")),
            output_audio_tokens=count(output_details.get("audio_tokens")),
            input_image_tokens=count(input_details.get("image_tokens")),
            output_image_tokens=count(output_details.get("image_tokens")),
        )
    )
