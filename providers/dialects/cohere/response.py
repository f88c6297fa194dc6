"""Reads the answers of Cohere's chat: whole bodies, errors, and streams of events."""

from providers.dialects.batched_stream import BatchedStream
from providers.dialects.builder import FactsBuilder
from providers.dialects.cohere.usage import read_usage
from providers.dialects.cohere.wire import Answer, Delta, Event, Message, answer_decoder, batch_decoder, event_decoder
from providers.dialects.errors import read_bare_error
from providers.dialects.finish_reasons import normalize
from providers.dialects.parts import text_of
from providers.facts import ResponseFacts
from providers.lenient import decode, decode_object, mapping, text


def parse_response(body: bytes) -> ResponseFacts:
    """Reads a whole response body, an error's included."""
    builder = FactsBuilder()
    answer = decode(body, answer_decoder)
    if answer is None or not isinstance(answer.message, Message):
        builder.set_error(read_bare_error(decode_object(body)))
    else:
        _take_end(builder, answer)
        builder.add_text(text_of(answer.message.content))
        for i, call in enumerate(answer.message.tool_calls if isinstance(answer.message.tool_calls, list) else ()):
            _take_call(builder, i, call)
    return builder.facts()


class CohereStream(BatchedStream[Event]):
    """Reads a stream of chat events; `message-end` ends it."""

    marks = (b'"message-end"', b'"error"')

    def __init__(self) -> None:
        super().__init__(event_decoder, batch_decoder)

    def take(self, event: Event) -> None:
        delta = event.delta
        if event.type == "message-end":
            self.terminal = True
            if delta is not None:
                _take_end(self.builder, delta)
                if text(delta.error) is not None:
                    self.builder.set_error(("error", text(delta.error)))
        elif event.type == "error":
            self.terminal = True
            self.builder.set_error(("error", text(event.message)))
        elif delta is not None and delta.message is not None and self._take_piece(event.index, delta.message):
            self.first_content = True

    def _take_piece(self, index: object, piece: Message) -> bool:
        content = mapping(piece.content)
        said = text(content.get("text"))
        if said is not None:
            self.builder.add_text(said)
        if mapping(piece.tool_calls):
            _take_call(self.builder, index, piece.tool_calls)
            return True
        return said is not None or bool(text(content.get("thinking")) or text(piece.tool_plan))


def _take_end(builder: FactsBuilder, end: Answer | Delta) -> None:
    builder.finish_reason = normalize(end.finish_reason) or builder.finish_reason
    builder.usage = read_usage(end.usage) or builder.usage


def _take_call(builder: FactsBuilder, index: object, call: object) -> None:
    builder.add_tool(index, mapping(mapping(call).get("function")).get("name"))
