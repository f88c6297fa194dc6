"""The one definition of what lands in the raw log.

The gateway fills an `Exchange` for every call it saw and writes it as one line of JSON; the api adds what is said of
calls afterwards: a `Score`, a `Feedback`, a `PropertyEdit`. Everything behind the raw log reads these structs. A record
only grows: a new field has a default, and readers ignore fields they do not know. Unknown is None: no reported usage is
not zero tokens.

A record lies among those of one UTC day. An exchange's day is that of its created_at; what is said of a request lies
under the day of that request, whenever it was said: who makes a day anew, or deletes it, has all of it in hand.

No record holds itself in any way, so Python's garbage collector need not look at one (`gc=False`).

This module knows neither how a record is stored (`warehouse/rawlog/`) nor what it becomes (`warehouse/tables.py`).
"""

import os
import time
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import msgspec

UsageSource = Literal["reported", "estimated", "none"]
Source = Literal["gateway", "log", "otlp", "import"]
BodyEncoding = Literal["text", "base64"]
ScoreType = Literal["float", "boolean", "category"]
StepKind = Literal["llm", "tool", "retrieval", "agent", "workflow", "task", "guardrail", "evaluation", "data"]


class Pair(msgspec.Struct, frozen=True, gc=False):
    """A property or a header: a list of pairs keeps the raw log's schema closed whatever names people choose."""

    name: str
    value: str


class Attempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One try at one provider; an exchange that was neither retried nor failed over has exactly one."""

    provider: str
    host: str
    """Host and port the connection went to."""
    model: str | None = None
    """The model asked for there, where it is not the one the application named."""
    started_at: datetime
    duration_ms: float
    status_code: int | None = None
    """The provider's HTTP status; None if no response began."""
    error_type: str | None = None


class Exchange(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="exchange", tag_field="kind"
):
    """One call of an application to a provider, as the gateway saw it or as it was told; or a logged step without one.

    Steps that call no model (a tool, a retrieval, an agent's run) are told by `step_kind`. They have no model, tokens
    or cost of their own: what the calls below them used would otherwise be counted twice.
    """

    # Who and when
    request_id: UUID
    """The exchange's id; UUIDv7 when the gateway made it, the caller's own otherwise."""
    organization_id: UUID
    """The organization whose key made the call."""
    created_at: datetime
    """When the gateway had received the request, UTC."""
    completed_at: datetime
    """When the last byte of the response was ready for the client, UTC."""
    request_id_given: bool = False
    """Whether the caller chose the id, so that it may come twice; the first record of an id wins."""
    source: Source = "gateway"
    """How the exchange was learnt of: proxied by the gateway, logged by an SDK, sent as a span, or imported."""
    api_key_id: UUID | None = None
    """The key the caller used."""
    user_id: str | None = None
    """The end user on whose behalf the application called."""
    session_id: str | None = None
    """Groups the exchanges of one conversation or agent run."""
    session_path: str | None = None
    """Where in the session's tree this step stands, such as `/plan/search`."""
    session_name: str | None = None
    """The kind of session, such as `support chat`."""
    trace_id: str | None = None
    """The W3C trace id of the caller, from `traceparent` or the logged span."""
    span_id: str | None = None
    """The id of the logged span within its trace, in hexadecimal; None for what was not logged as a span."""
    parent_span_id: str | None = None
    """The span that this one is a part of; None for the first of its trace."""
    step_kind: StepKind = "llm"
    """What the step did: llm for a call to a model, else tool, retrieval, agent, workflow and such."""
    step_name: str | None = None
    """What a logged step calls itself, such as the name of its tool, agent or workflow."""
    properties: list[Pair] = []
    """Custom dimensions the application set with property headers."""
    prompt_id: str | None = None
    """The stored prompt this request was made from."""
    prompt_version: str | None = None
    """The version of the stored prompt."""
    prompt_inputs: list[Pair] = []
    """The values the stored prompt was filled with, as the caller said them."""

    # What was asked, and of whom
    provider: str
    """The provider that answered, by its id in the catalogue, such as `openai`."""
    dialect: str | None = None
    """The wire format of the exchange: chat_completions, responses, messages; None when it is none we parse."""
    method: str = "POST"
    """The HTTP method."""
    path: str = ""
    """The path at the provider, without the query string."""
    target_host: str | None = None
    """Host of the provider that answered."""
    request_model: str | None = None
    """The model the application asked for."""
    response_model: str | None = None
    """The model that answered, as the provider names it."""
    model_override: str | None = None
    """The model that the caller said to show and to price instead of the one that answered."""
    is_stream: bool = False
    """Whether the response was a stream of events."""
    service_tier: str | None = None
    """The provider's price tier as it reported it, such as `flex`."""
    attempts: list[Attempt] = []
    """Every try, in order; the last one answered, or else the last one that gave any answer."""

    # What came back
    status_code: int | None = None
    """The HTTP status the client received; 200 for a logged step that did not fail; None if there was none."""
    error_type: str | None = None
    """Why the exchange failed, such as provider_error, rate_limited, client_disconnected, timeout or unreachable."""
    error_message: str | None = None
    """The failure in the words of whoever reported it, secrets removed."""
    finish_reason: str | None = None
    """Why the model stopped, such as stop, length, tool_calls or content_filter."""
    tool_names: list[str] = []
    """Tools the model called in its answer, in order."""
    warnings: list[str] = []
    """What the caller was told in `Weir-Warnings`: what had no effect, or was left out by a translation."""

    # Durations, all from created_at
    latency_ms: float | None = None
    """Milliseconds from the request received to the last byte of the response."""
    time_to_first_byte_ms: float | None = None
    """Milliseconds from the request received to the first byte of the provider's body."""
    time_to_first_token_ms: float | None = None
    """Milliseconds from the request received to the first content of the answer; None when there was none."""
    gateway_ms: float | None = None
    """Milliseconds the gateway itself spent before the request was sent on."""

    # Usage, as reported. Parts are contained in their totals.
    usage_source: UsageSource = "none"
    """Whether the provider reported the token counts, the gateway estimated them, or nobody knows."""
    input_tokens: int | None = None
    """Prompt tokens the provider billed, cached ones included."""
    output_tokens: int | None = None
    """Completion tokens the provider billed, reasoning included."""
    cache_read_tokens: int | None = None
    """The part of input_tokens read from the provider's prompt cache."""
    cache_write_tokens: int | None = None
    """The part of input_tokens written to the provider's prompt cache, for any lifetime."""
    cache_write_1h_tokens: int | None = None
    """The part of cache_write_tokens kept for an hour, which costs more."""
    reasoning_tokens: int | None = None
    """The part of output_tokens spent on reasoning."""
    input_audio_tokens: int | None = None
    """The part of input_tokens that was audio."""
    output_audio_tokens: int | None = None
    """The part of output_tokens that was audio."""
    input_image_tokens: int | None = None
    """The part of input_tokens that was pictures, where they are counted apart."""
    output_image_tokens: int | None = None
    """The part of output_tokens that was pictures."""
    input_audio_seconds: int | None = None
    """Seconds of sound that the provider heard and billed by time, a begun one counted whole."""
    web_searches: int | None = None
    """Searches of the web made by the provider's own tool, which are billed one by one."""
    search_units: int | None = None
    """Searches that a rerank was billed as."""
    provider_cost_usd: Decimal | None = None
    """The price of the call in US dollars, where the provider says it."""

    # The gateway's own cache and limits
    cache_hit: bool = False
    """Whether the gateway's response cache answered instead of the provider."""
    cache_reference_id: UUID | None = None
    """The request whose stored response was served."""
    cache_key: str | None = None
    """Where the gateway's cache keeps answers to this question, `<epoch>/<hash>`; equal calls share it."""
    saved_latency_ms: float | None = None
    """Milliseconds the served response took when it came from the provider; None for calls that were not hits."""
    rate_limit_policy: str | None = None
    """The limit that refused the call, such as `100;w=60;u=request;s=user`; None if none did."""

    # The client
    user_agent: str | None = None
    """The client library, as its User-Agent header says."""
    country_code: str | None = None
    """ISO 3166 code of the caller's country, if the balancer in front tells it."""

    # Bodies, content encodings undone
    request_body: str | None = None
    """The request's body; None when there was none or it was omitted."""
    request_body_encoding: BodyEncoding = "text"
    """How request_body is written here: text as it was, or base64 of bytes that are not UTF-8."""
    request_body_bytes: int = 0
    """Size of the whole request body in bytes, whether or not it was cut."""
    request_body_truncated: bool = False
    """Whether request_body holds only the beginning."""
    request_body_omitted: bool = False
    """Whether the caller asked that the request's body be not kept."""
    response_body: str | None = None
    """The response's body, for a stream the events as they arrived; None when there was none or it was omitted."""
    response_body_encoding: BodyEncoding = "text"
    """How response_body is written here, as request_body_encoding."""
    response_body_bytes: int = 0
    """Size of the whole response body in bytes, whether or not it was cut."""
    response_body_truncated: bool = False
    """Whether response_body holds only the beginning."""
    response_body_omitted: bool = False
    """Whether the caller asked that the response's body be not kept."""
    request_preview: str | None = None
    """The start of the last user message as plain text, for reading and searching in tables."""
    response_preview: str | None = None
    """The start of the answer as plain text, for reading and searching in tables."""
    request_headers: list[Pair] = []
    """Selected request headers; never a credential."""
    response_headers: list[Pair] = []
    """Selected response headers."""


class Score(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="score", tag_field="kind"):
    """One judgement of a request or of a session: a number, a yes or no, or a category, under a name.

    The same name said again is another record; the latest one of a source holds.
    """

    score_id: UUID
    """The judgement's own id; UUIDv7."""
    organization_id: UUID
    """The organization whose request or session it is about."""
    created_at: datetime
    """When the judgement was received, UTC; its day is that of the request and may be an earlier one."""
    request_id: UUID | None = None
    """The request it is about; None where it is about a whole session."""
    session_id: str | None = None
    """The session it is about; None where it is about a single request."""
    name: str
    """What was judged, such as `helpfulness`."""
    value_type: ScoreType = "float"
    """Which kind of value it is: float, boolean or category."""
    value: float | None = None
    """The number; for a boolean 1 or 0; None for a category."""
    category: str | None = None
    """The category's name; None for a number or a boolean."""
    source: str = "api"
    """Who judged: api where nothing else was said, else such as user or eval."""
    comment: str | None = None
    """Why, in the words of whoever judged."""


class Feedback(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="feedback", tag_field="kind"
):
    """What an end user thought of a request or of a session: thumbs up or down, and perhaps why."""

    score_id: UUID
    """The feedback's own id; UUIDv7. Feedback becomes rows of the same table as scores."""
    organization_id: UUID
    """The organization whose request or session it is about."""
    created_at: datetime
    """When the feedback was received, UTC; its day is that of the request and may be an earlier one."""
    request_id: UUID | None = None
    """The request it is about; None where it is about a whole session."""
    session_id: str | None = None
    """The session it is about; None where it is about a single request."""
    rating: bool
    """Whether it was good."""
    source: str = "user"
    """Whose opinion it is: user where nothing else was said."""
    comment: str | None = None
    """Why, in the user's words."""


class PropertyEdit(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="property_edit", tag_field="kind"
):
    """One property of a request set, changed or removed after the call; the latest edit of a name holds."""

    edit_id: UUID
    """The edit's own id; UUIDv7."""
    organization_id: UUID
    """The organization whose request it is."""
    created_at: datetime
    """When the edit was received, UTC; its day is that of the request and may be an earlier one."""
    request_id: UUID
    """The request whose property it is."""
    name: str
    """The property."""
    value: str | None = None
    """What it is from now on; None where the property was removed."""


Said = Score | Feedback | PropertyEdit
"""What is said of calls after they were recorded."""

Record = Exchange | Said
"""Whatever a line of the raw log may hold; `kind` tells which."""

_encoder = msgspec.json.Encoder(decimal_format="string")
_decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)


def encode(record: Record) -> bytes:
    """Returns the record as one line of JSON, newline included."""
    return _encoder.encode(record) + b"\n"


def decode(line: bytes | str) -> Record:
    """Reads one line of the raw log.

    Raises msgspec.ValidationError or msgspec.DecodeError if the line is no record.
    """
    return _decoder.decode(line)


def new_request_id(created_at: datetime | None = None) -> UUID:
    """Makes a UUIDv7 (RFC 9562): ids sort by the millisecond they were made in."""
    millis = time.time_ns() // 1_000_000 if created_at is None else int(created_at.timestamp() * 1000)
    random = int.from_bytes(_random_bytes())
    value = (millis & (1 << 48) - 1) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


_RANDOM_BYTES = 10
_unused_random_bytes: list[bytes] = []
# A process that is forked must not make the ids of its parent.
os.register_at_fork(after_in_child=_unused_random_bytes.clear)


def _random_bytes() -> bytes:
    """Returns the random part of an id; the system is asked for many at once, as asking is most of the price."""
    try:
        return _unused_random_bytes.pop()
    except IndexError:
        many = os.urandom(64 * _RANDOM_BYTES)
        pieces = [many[start : start + _RANDOM_BYTES] for start in range(0, len(many), _RANDOM_BYTES)]
        _unused_random_bytes.extend(pieces[1:])
        return pieces[0]
