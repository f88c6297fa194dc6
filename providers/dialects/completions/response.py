"""Reads legacy completions' answers: whole bodies, errors, and streams of chunks."""

from providers.dialects.batched_stream import BatchedStream
from providers.dialects.builder import FactsBuilder
from providers.dialects.chat_completions.usage import read_cost, read_usage
from providers.dialects.completions.wire import Answer, batch_decoder, decoder
from providers.dialects.errors import read_error, read_errors
from providers.dialects.finish_reasons import normalize
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


class CompletionsStream(BatchedStream[Answer]):
    """Reads a stream of chunks; `[DONE]` or an error ends it."""

    marks = (b"[DONE]", b'"error":')

    def __init__(self) -> None:
        super().__init__(decoder, batch_decoder)

    def take(self, event: Answer) -> None:
        if _take(self.builder, event):
            self.first_content = True
        if self.builder.error_type is not None:
            self.terminal = True


def _take(builder: FactsBuilder, answer: Answer) -> bool:
    """Notes what a body or a chunk says; returns whether it holds content."""
    builder.response_model = builder.response_model or text(answer.model)
    builder.usage = read_usage(answer.usage) or builder.usage
    cost = read_cost(answer.usage)
    if cost is not None:
        builder.provider_cost_usd = cost
    if answer.error is not None:
        builder.set_error(read_error(answer.error))
    content = False
    for choice in answer.choices or ():
        said = text(choice.text)
        if said is not None:
            content = True
            if choice.index in (0, None):
                builder.add_text(said)
        # The first choice speaks for the response.
        builder.finish_reason = builder.finish_reason or normalize(choice.finish_reason)
    return content
