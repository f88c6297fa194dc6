"""Reads Converse's answers: whole bodies, errors, and streams of Amazon's frames."""

from providers.dialects.builder import FactsBuilder
from providers.dialects.converse.usage import read_tier, read_usage
from providers.dialects.converse.wire import Block, answer_decoder, event_decoder
from providers.dialects.errors import read_bare_error
from providers.dialects.finish_reasons import normalize
from providers.dialects.frame_stream import FrameStream
from providers.facts import ResponseFacts
from providers.lenient import decode, decode_object, mapping


def parse_response(body: bytes) -> ResponseFacts:
    """Reads a whole response body, an error's included."""
    builder = FactsBuilder()
    answer = decode(body, answer_decoder)
    if answer is not None:
        _take_end(builder, answer.stop_reason, answer.usage, answer.service_tier)
        message = answer.output.message if answer.output is not None else None
        for i, block in enumerate((message and message.content) or ()):
            take_block(builder, i, block)
    if answer is None or answer.output is None:
        builder.set_error(read_bare_error(decode_object(body)))
    return builder.facts()


class ConverseStream(FrameStream):
    """Reads a stream of Converse's events; the metadata, which come last, or an error end it."""

    def take(self, kind: str, payload: bytes) -> None:
        event = decode(payload, event_decoder)
        if event is None:
            return
        block = event.delta or event.start
        if block is not None and take_block(self.builder, event.content_block_index, block):
            self.first_content = True
        _take_end(self.builder, event.stop_reason, event.usage, event.service_tier)
        if kind == "metadata":
            self.terminal = True


def take_block(builder: FactsBuilder, index: object, block: Block) -> bool:
    """Notes a block or a delta; returns whether it holds content."""
    if block.text and isinstance(block.text, str):
        builder.add_text(block.text)
        return True
    call = mapping(block.tool_use)
    if call:
        builder.add_tool(index, call.get("name"))
        return True
    return bool(mapping(block.reasoning_content))


def _take_end(builder: FactsBuilder, stop_reason: object, usage: object, tier: object) -> None:
    builder.finish_reason = normalize(stop_reason) or builder.finish_reason
    builder.usage = read_usage(usage) or builder.usage
    builder.service_tier = read_tier(tier) or builder.service_tier
