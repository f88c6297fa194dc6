"""Answers that are no conversation: vectors, verdicts, rankings, pictures and sounds. What is read of them is facts.

embeddings      OpenAI's and its relatives', Cohere's, and Gemini's, which Vertex writes another way
rerank          Cohere's, Jina's and Voyage's
moderations     the model alone
images, speech  usage, where it is reported
transcriptions  usage and the text
"""

from typing import Any

import msgspec

from providers.dialects.batched_stream import BatchedStream
from providers.dialects.builder import FactsBuilder
from providers.dialects.chat_completions.usage import read_usage as read_chat_usage
from providers.dialects.cohere.usage import read_usage as read_cohere_usage
from providers.dialects.errors import read_bare_error, read_error, read_errors
from providers.dialects.gemini.usage import read_usage as read_gemini_usage
from providers.dialects.plain_input import input_of, text_of_input
from providers.dialects.responses.response import read_usage as read_media_usage
from providers.dialects.stored_stream import events_of, is_stream
from providers.facts import ChatMessage, JsonObject, ResponseFacts
from providers.lenient import decode, decode_object, mapping, mappings, text
from providers.usage import Usage, count, known, seconds


class _Answer(msgspec.Struct, rename={"usage_metadata": "usageMetadata"}):
    """A whole body, or an event of a stream: pictures and sounds can be streamed."""

    type: Any = None
    model: Any = None
    text: Any = None
    delta: Any = None
    usage: Any = None
    duration: Any = None
    meta: Any = None
    usage_metadata: Any = None
    error: Any = None


_decoder = msgspec.json.Decoder(_Answer)
_batch_decoder = msgspec.json.Decoder(list[_Answer])


def parse_response(body: bytes) -> ResponseFacts:
    """Reads a whole response body, an error's included; one that is a picture or a sound has no facts."""
    builder = FactsBuilder()
    answer = decode(body, _decoder) if body[:1] in b"{[ \r\n\t" else None
    if answer is not None:
        _take(builder, answer)
        builder.add_text(text(answer.text) or "")
        if builder.usage is None and answer.text is not None:
            # Of a transcript whose usage is not told the length is, by OpenAI's relatives.
            builder.usage = known(Usage(input_audio_seconds=seconds(answer.duration)))
        if builder.usage is None and answer.model is None:
            builder.usage = _vertex_usage(body) if b'"token_count"' in body else None
    if builder.usage is None and len(body) < _LONGEST_ERROR:
        builder.set_error(read_errors(body) or _bare_error(body))
    return builder.facts()


class PlainStream(BatchedStream[_Answer]):
    """Reads a stream of pictures, sounds or a transcript; of sounds and transcripts the `done` event is the last."""

    marks = (b'.done"', b'"error"')

    def __init__(self) -> None:
        super().__init__(_decoder, _batch_decoder)

    def take(self, event: _Answer) -> None:
        kind = event.type if isinstance(event.type, str) else ""
        _take(self.builder, event)
        if kind.endswith((".delta", ".partial_image", ".completed")):
            self.first_content = True
        if kind == "transcript.text.delta":
            self.builder.add_text(text(event.delta) or "")
        if kind.endswith(".done") or self.builder.error_type is not None:
            self.terminal = True


def reassemble(body: str) -> JsonObject:
    """Returns the event that sums a stream up: the last one."""
    last: JsonObject = {}
    for event in events_of(body):
        last = event
    return last


def messages(request_body: str | None, response_body: str | None) -> list[ChatMessage]:
    """Returns what was given, and what was heard if it was speech; vectors, verdicts and pictures add nothing."""
    given = text_of_input(input_of(decode_object(request_body or "")))
    body = response_body or ""
    said = text((reassemble(body) if is_stream(body) else decode_object(body)).get("text"))
    asked = [ChatMessage(role="user", text=given)] if given else []
    return asked + ([ChatMessage(role="assistant", text=said)] if said is not None else [])


_LONGEST_ERROR = 64 * 1024


def _take(builder: FactsBuilder, answer: _Answer) -> None:
    builder.response_model = text(answer.model) or builder.response_model
    builder.usage = _usage(answer) or builder.usage
    if answer.error is not None:
        builder.set_error(read_error(answer.error))


def _usage(answer: _Answer) -> Usage | None:
    return (
        _one_number(answer.usage)
        or read_chat_usage(answer.usage)
        or _media_usage(answer.usage)
        or read_cohere_usage(answer.meta)
        or read_gemini_usage(answer.usage_metadata)
    )


def _media_usage(raw: object) -> Usage | None:
    """Reads the usage of pictures and sounds; transcriptions spell the details of the input in the singular."""
    usage = mapping(raw)
    if "input_token_details" in usage:
        usage = usage | {"input_tokens_details": usage["input_token_details"]}
    return read_media_usage(usage)


def _one_number(raw: object) -> Usage | None:
    """Voyage, Jina and others report one number for what was embedded or ranked; transcripts may be billed by time."""
    usage = mapping(raw)
    if usage.get("type") == "duration":
        return known(Usage(input_audio_seconds=seconds(usage.get("seconds"))))
    if usage.get("prompt_tokens") is not None or usage.get("input_tokens") is not None:
        return None
    return known(Usage(input_tokens=count(usage.get("total_tokens"))))


def _vertex_usage(body: bytes) -> Usage | None:
    """Vertex counts the tokens of each text it embeds, beside the vector."""
    statistics = [
        mapping(mapping(prediction.get("embeddings")).get("statistics"))
        for prediction in mappings(decode_object(body).get("predictions"))
    ]
    counts = [tokens for each in statistics if (tokens := count(each.get("token_count"))) is not None]
    return Usage(input_tokens=sum(counts)) if counts else None


def _bare_error(body: bytes) -> tuple[str, str | None] | None:
    answer = decode_object(body)
    # Cohere's errors are a message and nothing else; an answer with a message among other things is none.
    return read_bare_error(answer) if answer and answer.keys() <= {"id", "message"} else None
