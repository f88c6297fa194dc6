"""Turns a call of the demo's application into the record that the gateway would have written."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID
from zlib import crc32

from warehouse.record import Attempt, Exchange, Pair
from weir.demo import wire
from weir.demo.features import Call, Feature
from weir.upstream.answer import Answer, FinishReason, ToolCall

_PREVIEW = 2000


@dataclass(frozen=True)
class Caller:
    """On whose behalf the calls of a session are made."""

    organization_id: UUID
    user_id: str
    country_code: str
    environment: str
    feature: Feature
    session_id: str | None


@dataclass(frozen=True)
class Failure:
    """How a call goes wrong."""

    error_type: str
    status_code: int | None
    """None if the client got no status."""


def answered(call: Call, caller: Caller, at: datetime, dice: Random, slowness: float = 1.0) -> Exchange:
    """The record of a call that the model answered."""
    answer = _answer(call, at, dice)
    first_token_ms = call.model.first_token_ms * slowness * dice.lognormvariate(0, 0.35)
    latency_ms = first_token_ms + answer.output_tokens / call.model.tokens_per_second * 1000 * dice.uniform(0.85, 1.25)
    body = wire.response_body(call, answer)
    return _exchange(
        call, caller, at, dice, body, latency_ms, first_token_ms,
        status_code=200,
        finish_reason=answer.finish_reason,
        tool_names=[each.name for each in answer.tool_calls],
        usage_source="reported",
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
        cache_read_tokens=answer.cached_tokens,
        cache_write_tokens=answer.cache_write_tokens if call.model.dialect == "messages" else None,
        reasoning_tokens=answer.reasoning_tokens or None,
        service_tier="standard" if call.model.dialect == "messages" else "default",
        response_model=call.model.full_name,
        response_preview=call.answer[:_PREVIEW] or None,
    )  # fmt: skip


def failed(call: Call, caller: Caller, at: datetime, dice: Random, failure: Failure) -> Exchange:
    """The record of a call that the provider refused, that ran into a timeout, or that the client left."""
    if failure.error_type == "client_disconnected":
        whole = answered(call, caller, at, dice)
        return _exchange(
            call, caller, at, dice, wire.cut_stream((whole.response_body or "").encode(), dice.uniform(0.2, 0.8)),
            (whole.latency_ms or 0) * dice.uniform(0.3, 0.8), whole.time_to_first_token_ms or 1,
            status_code=200,
            response_model=call.model.full_name,
            error_type=failure.error_type,
            error_message="the client closed the connection before the response was complete",
        )  # fmt: skip
    if failure.status_code is None:
        return _exchange(
            call, caller, at, dice, b"", 60_000.0, None,
            status_code=504,
            error_type=failure.error_type,
            error_message=f"{call.model.host} did not answer within 60 s",
        )  # fmt: skip
    return _exchange(
        call, caller, at, dice, wire.error_body(call, failure.status_code), dice.uniform(40, 900), None,
        status_code=failure.status_code,
        error_type=failure.error_type,
        error_message=wire.error_message(failure.status_code),
    )  # fmt: skip


def cached(call: Call, caller: Caller, at: datetime, dice: Random, first: Exchange) -> Exchange:
    """The record of a call that the gateway's cache answered with the response of an earlier one."""
    body = (first.response_body or "").encode()
    return _exchange(
        call, caller, at, dice, body, dice.uniform(2.5, 9.0), None,
        status_code=200,
        cache_hit=True,
        cache_reference_id=first.request_id,
        **{name: getattr(first, name) for name in _KEPT_BY_THE_CACHE},
    )  # fmt: skip


_KEPT_BY_THE_CACHE = (
    "finish_reason",
    "tool_names",
    "usage_source",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "service_tier",
    "response_model",
    "response_preview",
)


def _answer(call: Call, at: datetime, dice: Random) -> Answer:
    tools = [ToolCall(id=_hex(dice, 12), name=name, arguments=arguments) for name, arguments in _called(call)]
    finish: FinishReason = "tool_calls" if tools else "stop"
    prompt = (len(call.system) + sum(len(message.text) for message in call.messages)) // 4 + 8
    input_tokens = prompt + call.hidden_prompt_tokens
    cache_read = int(input_tokens * call.cached_share)
    is_first_of_many = call.hidden_prompt_tokens > 0 and bool(call.tools) and not cache_read
    written = sum(len(arguments) // 4 + 8 for _, arguments in _called(call))
    return Answer(
        id=_hex(dice, 24),
        model=call.model.full_name,
        words=call.answer.split(" ") if call.answer else [],
        reasoning="",
        tool_calls=tools,
        finish_reason=finish,
        input_tokens=input_tokens,
        output_tokens=len(call.answer) // 4 + 2 + written + call.reasoning_tokens,
        cached_tokens=cache_read,
        cache_write_tokens=call.hidden_prompt_tokens if is_first_of_many else 0,
        cache_write_1h_tokens=0,
        reasoning_tokens=call.reasoning_tokens,
        service_tier=None,
        has_usage=True,
        created_at=int(at.timestamp()),
    )


def _called(call: Call) -> list[tuple[str, str]]:
    return [call.tool_call] if call.tool_call else []


def _prompt_version(caller: Caller) -> str:
    """Two of five users try the new version of each prompt."""
    return "4" if crc32(caller.user_id.encode()) % 5 < 2 else "3"


def _exchange(
    call: Call,
    caller: Caller,
    at: datetime,
    dice: Random,
    response: bytes,
    latency_ms: float,
    first_token_ms: float | None,
    **outcome: object,
) -> Exchange:
    request = wire.request_body(call, caller.user_id)
    completed_at = at + timedelta(milliseconds=latency_ms)
    asked = [message.text for message in call.messages if message.role == "user"]
    is_hit = bool(outcome.get("cache_hit"))
    attempt = Attempt(
        provider=call.model.provider,
        host=call.model.host,
        started_at=at,
        duration_ms=latency_ms,
        status_code=outcome.get("status_code"),  # type: ignore[arg-type]
    )
    return Exchange(
        request_id=_request_id(at, dice),
        organization_id=caller.organization_id,
        created_at=at,
        completed_at=completed_at,
        user_id=caller.user_id,
        session_id=caller.session_id,
        session_path=call.path,
        session_name=caller.feature.session_name,
        properties=[
            Pair("environment", caller.environment),
            Pair("feature", caller.feature.name),
            Pair("team", caller.feature.team),
        ],
        prompt_id=caller.feature.prompt_id,
        prompt_version=_prompt_version(caller) if caller.feature.prompt_id else None,
        provider=call.model.provider,
        dialect=call.model.dialect,
        path=call.model.path,
        target_host=call.model.host,
        request_model=call.model.name,
        is_stream=call.is_stream,
        attempts=[] if is_hit else [attempt],
        latency_ms=round(latency_ms, 3),
        time_to_first_byte_ms=None if is_hit or first_token_ms is None else round(first_token_ms * 0.98, 3),
        time_to_first_token_ms=round(first_token_ms, 3) if first_token_ms is not None and call.is_stream else None,
        gateway_ms=round(dice.uniform(0.4, 2.5), 3),
        user_agent=call.model.user_agent,
        country_code=caller.country_code,
        request_body=request.decode(),
        request_body_bytes=len(request),
        response_body=response.decode() or None,
        response_body_bytes=len(response),
        request_preview=asked[-1][:_PREVIEW] if asked else None,
        request_headers=[Pair("content-type", "application/json")],
        response_headers=[Pair("content-type", "text/event-stream" if call.is_stream else "application/json")],
        **outcome,  # type: ignore[arg-type]
    )


def _request_id(at: datetime, dice: Random) -> UUID:
    """A UUIDv7 as `warehouse.record.new_request_id` makes them, but the same on every run."""
    value = int(at.timestamp() * 1000) << 80 | dice.getrandbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def _hex(dice: Random, digits: int) -> str:
    return f"{dice.getrandbits(digits * 4):0{digits}x}"
