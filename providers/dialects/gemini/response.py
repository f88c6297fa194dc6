"""Reads Gemini's answers: whole bodies, errors, and streams, which are a JSON array or, with `alt=sse`, events."""

from typing import Any

from providers.dialects.batched_stream import BatchedStream
from providers.dialects.builder import FactsBuilder
from providers.dialects.errors import read_error, read_errors
from providers.dialects.finish_reasons import normalize
from providers.dialects.gemini.usage import read_tier, read_usage
from providers.dialects.gemini.wire import Answer, Candidate, Part, batch_decoder, decoder
from providers.facts import ResponseFacts
from providers.json_array import JsonArrayReader
from providers.lenient import decode, mapping, text


def parse_response(body: bytes) -> ResponseFacts:
    """Reads a whole response body, an error's included."""
    builder = FactsBuilder()
    answer = decode(body, decoder)
    if answer is not None:
        _take(builder, answer)
        _take_usage(builder, mapping(answer.usage_metadata))
    if answer is None or answer.candidates is None:
        builder.set_error(read_errors(body))
    return builder.facts()


class GeminiStream(BatchedStream[Answer]):
    """Reads a stream of answers; the array's end, the chunk in which the last candidate finishes, or an error ends it.

    Nothing but the end of the body says that a stream of events is over. A client that knows why the answer stopped
    and what it cost waits for nothing else, so that counts as the end.
    """

    marks = (b'Reason"', b'"error"')  # finishReason and blockReason

    def __init__(self) -> None:
        super().__init__(decoder, batch_decoder)
        self._usage: dict[str, Any] = {}
        self._unfinished: set[object] = set()
        self._array: JsonArrayReader | None = None
        self._is_begun = False

    def feed(self, chunk: bytes) -> None:
        """Takes the next bytes of the stream, cut anywhere."""
        if not self._is_begun:
            start = chunk.lstrip()[:1]
            self._is_begun = start != b""
            # An error of a stream of events is an object as well.
            self._array = JsonArrayReader() if start in (b"[", b"{") else None
        if self._array is None:
            # Google ends lines with two characters; with one many events are parsed at once.
            return super().feed(chunk if chunk.endswith(b"\r") else chunk.replace(b"\r\n", b"\n"))
        self._take_each(self._array.feed(chunk))
        self.terminal = self._array.is_closed
        return None

    def facts(self) -> ResponseFacts:
        """Returns what is known so far."""
        super().facts()
        # Every chunk repeats the usage; it is read once.
        _take_usage(self.builder, self._usage)
        return self.builder.facts()

    def take(self, event: Answer) -> None:
        usage = event.usage_metadata
        if isinstance(usage, dict):
            self._usage |= usage
        if _take(self.builder, event):
            self.first_content = True
        finished = False
        for candidate in event.candidates or ():
            index = candidate.index if isinstance(candidate.index, int) else 0
            if text(candidate.finish_reason):
                finished = True
                self._unfinished.discard(index)
            else:
                self._unfinished.add(index)
        is_over = finished and not self._unfinished and bool(usage)
        self.terminal = self.terminal or is_over or self.builder.error_type is not None or _is_blocked(event)


def _take_usage(builder: FactsBuilder, usage: dict[str, Any]) -> None:
    builder.usage = read_usage(usage) or builder.usage
    builder.service_tier = read_tier(usage) or builder.service_tier


def _take(builder: FactsBuilder, answer: Answer) -> bool:
    """Notes what a body or a chunk says; returns whether it holds content."""
    builder.response_model = text(answer.model_version) or builder.response_model
    if answer.error is not None:
        builder.set_error(read_error(answer.error))
    if _is_blocked(answer):
        builder.finish_reason = "content_filter"
    content = False
    for candidate in answer.candidates or ():
        if _take_candidate(builder, candidate):
            content = True
    return content


def _take_candidate(builder: FactsBuilder, candidate: Candidate) -> bool:
    content = False
    is_first = candidate.index in (0, None)
    for part in (candidate.content and candidate.content.parts) or ():
        if _take_part(builder, part, is_first=is_first):
            content = True
    if candidate.finish_reason is not None and builder.finish_reason is None:
        reason = normalize(candidate.finish_reason)
        # Gemini stops the same way whether it is done or waits for a function's result.
        builder.finish_reason = "tool_calls" if reason == "stop" and builder.calls_functions else reason
    return content


def _take_part(builder: FactsBuilder, part: Part, *, is_first: bool) -> bool:
    if part.text and isinstance(part.text, str):
        if is_first and part.thought is not True:
            builder.add_text(part.text)
        return True
    if isinstance(part.function_call, dict):
        if text(part.function_call.get("name")):
            builder.calls_functions = True
            builder.add_tool(None, part.function_call["name"])
        return True
    if part.executable_code is not None:
        builder.add_tool(None, "code_execution")
        return True
    return part.inline_data is not None


def _is_blocked(answer: Answer) -> bool:
    return text(mapping(answer.prompt_feedback).get("blockReason")) is not None
