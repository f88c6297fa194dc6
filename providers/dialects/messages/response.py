"""Reads messages' answers: whole bodies, errors, and streams of events."""

from providers.dialects.batched_stream import BatchedStream
from providers.dialects.builder import FactsBuilder
from providers.dialects.errors import read_error, read_error_body
from providers.dialects.finish_reasons import normalize
from providers.dialects.messages.usage import read_tier, read_usage
from providers.dialects.messages.wire import Answer, Block, Event, answer_decoder, batch_decoder, event_decoder
from providers.facts import JsonObject, ResponseFacts
from providers.lenient import decode, decode_object, mapping, text

_TOOL_KINDS = ("tool_use", "server_tool_use", "mcp_tool_use")


def parse_response(body: bytes) -> ResponseFacts:
    """Reads a whole response body, an error's included."""
    builder = FactsBuilder()
    answer = decode(body, answer_decoder)
    if answer is not None:
        _take_answer(builder, answer)
        _take_usage(builder, mapping(answer.usage))
        for i, block in enumerate(answer.content or ()):
            _take_block(builder, i, block)
    if answer is None or answer.content is None:
        builder.set_error(read_error_body(decode_object(body)))
    return builder.facts()


class MessagesStream(BatchedStream[Event]):
    """Reads a stream of message events; `message_stop` or an error ends it."""

    marks = (b'"message_stop"', b'"error"')

    def __init__(self) -> None:
        super().__init__(event_decoder, batch_decoder)
        self._usage: JsonObject = {}

    def take(self, event: Event) -> None:
        builder = self.builder
        kind = event.type
        if kind == "content_block_delta":
            if event.delta is not None and _take_block(builder, event.index, event.delta):
                self.first_content = True
        elif kind == "content_block_start":
            if event.content_block is not None and _take_block(builder, event.index, event.content_block):
                self.first_content = True
        elif kind == "message_start":
            if event.message is not None:
                _take_answer(builder, event.message)
                self._add_usage(event.message.usage)
        elif kind == "message_delta":
            if event.delta is not None:
                builder.finish_reason = normalize(event.delta.stop_reason) or builder.finish_reason
            self._add_usage(event.usage)
        elif kind == "message_stop":
            self.terminal = True
        elif event.error is not None:
            self.terminal = True
            builder.set_error(read_error(event.error))
            builder.finish_reason = "error"

    def _add_usage(self, usage: object) -> None:
        """Lays newer counts over older ones: those at the end are cumulative, those at the start more complete."""
        self._usage |= {name: value for name, value in mapping(usage).items() if value is not None}
        _take_usage(self.builder, self._usage)


def _take_answer(builder: FactsBuilder, answer: Answer) -> None:
    builder.response_model = text(answer.model)
    builder.finish_reason = normalize(answer.stop_reason)


def _take_usage(builder: FactsBuilder, usage: JsonObject) -> None:
    builder.usage = read_usage(usage) or builder.usage
    builder.service_tier = read_tier(usage) or builder.service_tier


def _take_block(builder: FactsBuilder, index: object, block: Block) -> bool:
    """Notes a block or a delta; returns whether it holds content."""
    if block.text and isinstance(block.text, str):
        builder.add_text(block.text)
        return True
    if block.type in _TOOL_KINDS:
        builder.add_tool(index, block.name)
        return True
    return bool(block.thinking or block.partial_json)
