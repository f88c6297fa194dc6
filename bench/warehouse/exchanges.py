"""Makes exchanges as the gateway records them: everything is drawn by the thousand, and one by one only put together.

The same seed, day and size mix give the same records.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from uuid import UUID

import numpy as np

from bench.warehouse.population import (
    BY_HOUR,
    COUNTRIES,
    ENVIRONMENTS,
    FAILURES,
    FEATURES,
    MODELS,
    TOOLS,
    USER_AGENTS,
    Model,
    api_key_id,
    organizations,
)
from bench.warehouse.words import Words
from providers.facts import PREVIEW_CHARS
from warehouse.record import Attempt, Exchange, Pair

Bodies = Literal["1k", "mix"]
"""Both bodies together: 1 KB each time, or log-normal around 3 KB with a tail up to 200 KB."""

_BATCH = 20_000
_MIX_MEDIAN, _MIX_SIGMA, _MIX_MOST = 3000, 1.25, 200_000
_CHARS_PER_TOKEN = 4.6
_PER_SESSION = 7
_SESSION_SHARE, _TRACE_SHARE, _PROMPT_SHARE, _CACHE_HIT_SHARE = 0.45, 0.08, 0.12, 0.03
_CHAT_OVERHEAD, _ANSWER_OVERHEAD = 130, 270
_MIX = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Traffic:
    """All calls of one seed, a day at a time."""

    seed: int
    bodies: Bodies
    words: Words

    def day(self, day: date, count: int) -> Iterator[Exchange]:
        """Yields that many exchanges of the day in the order of their calls."""
        dice = np.random.default_rng([self.seed, day.toordinal()])
        shares = BY_HOUR / BY_HOUR.sum()
        hours = dice.choice(24, size=count, p=shares)
        seconds = np.sort(hours * 3600 + dice.random(count) * 3600)
        for start in range(0, count, _BATCH):
            yield from self._batch(dice, day, seconds[start : start + _BATCH], start)

    def _batch(self, dice: np.random.Generator, day: date, seconds: np.ndarray, first: int) -> Iterator[Exchange]:
        count = len(seconds)
        people = organizations()
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        organization = dice.choice(len(people.ids), size=count, p=people.weights)
        # A third power makes few users frequent and most of them rare.
        user = (people.user_counts[organization] * dice.random(count) ** 3).astype(np.int64)
        session = _sessions(dice, organization, people.weights, first, day)
        model = dice.choice(len(MODELS), size=count, p=np.array([each.weight for each in MODELS]))
        failure = dice.choice(len(FAILURES) + 1, size=count, p=_failure_shares())
        sizes = self._sizes(dice, count)
        draws = _Draws(
            organization=organization.tolist(),
            user=user.tolist(),
            session=session.tolist(),
            model=model.tolist(),
            failure=failure.tolist(),
            seconds=seconds.tolist(),
            request_chars=(sizes * (0.4 + 0.2 * dice.random(count))).astype(int).tolist(),
            chars=sizes.tolist(),
            offset=dice.integers(0, 1 << 40, size=count).tolist(),
            id_bits=dice.bytes(10 * count),
            luck=dice.random((count, 8)).tolist(),
            slowness=np.exp(dice.normal(0, 0.4, size=(count, 2))).tolist(),
            gateway_ms=(0.25 + dice.gamma(2, 0.15, size=count)).tolist(),
        )
        for index in range(count):
            yield self._exchange(midnight, people.ids, draws, index)

    def _sizes(self, dice: np.random.Generator, count: int) -> np.ndarray:
        """Characters of both bodies together."""
        if self.bodies == "1k":
            return np.full(count, 1024)
        drawn = _MIX_MEDIAN * np.exp(dice.normal(0, _MIX_SIGMA, size=count))
        return np.clip(drawn, 500, _MIX_MOST).astype(np.int64)

    def _exchange(self, midnight: datetime, ids: tuple[UUID, ...], draws: "_Draws", index: int) -> Exchange:
        model = MODELS[draws.model[index]]
        luck, (slow_start, slow_token) = draws.luck[index], draws.slowness[index]
        place = draws.organization[index]
        organization_id = ids[place]
        status, error_type, _ = FAILURES[draws.failure[index] - 1] if draws.failure[index] else (200, None, 0.0)
        created_at = midnight + timedelta(seconds=draws.seconds[index])
        request_id = _uuid7(created_at, draws.id_bits, index)
        is_stream = luck[0] < 0.6
        is_hit = error_type is None and luck[1] < _CACHE_HIT_SHARE
        gateway_ms = draws.gateway_ms[index]

        request_chars = max(40, draws.request_chars[index] - _CHAT_OVERHEAD)
        answer_chars = max(40, draws.chars[index] - draws.request_chars[index] - _ANSWER_OVERHEAD)
        # What applications say before the user's words is the same for all of its calls.
        system = self.words.slice(place * 7919 + model.path.count("/") * 104_729, request_chars // 3)
        prompt = self.words.slice(draws.offset[index], request_chars - len(system))
        has_usage = error_type is None and luck[2] < 0.985
        input_tokens = int(request_chars / _CHARS_PER_TOKEN) + 7
        reasoning_tokens = int(40 + 900 * luck[3] ** 2) if model.reasons else None
        output_tokens = int(answer_chars / _CHARS_PER_TOKEN) + (reasoning_tokens or 0)

        first_token_ms = gateway_ms + (1.2 if is_hit else model.first_token_ms * slow_start)
        token_ms = 0.0 if is_hit else model.token_ms * output_tokens * (0.7 + 0.3 * slow_token)
        latency_ms = first_token_ms + token_ms if error_type is None else gateway_ms + 30 + 400 * slow_start
        completed_at = created_at + timedelta(milliseconds=latency_ms)
        if error_type is None:
            answer: str | None = self.words.slice(draws.offset[index] * 7 + 13, answer_chars)
            response_body: str | None = _answer(model, answer or "", input_tokens, output_tokens, request_id)
        else:
            answer = None
            response_body = None if status is None else _error(error_type, status)
        request_body = _chat(model, system, prompt, is_stream=is_stream)
        session = draws.session[index]
        user = draws.user[index]
        has_cached_prefix = has_usage and luck[3] < 0.35
        return Exchange(
            request_id=request_id,
            organization_id=organization_id,
            created_at=created_at,
            completed_at=completed_at,
            api_key_id=_KEYS[place][int(4 * luck[4] ** 2)],
            user_id=_user(place, user) if luck[5] < 0.92 else None,
            session_id=f"{session:016x}" if session else None,
            session_path="/chat" if session and user % 3 else ("/plan/act" if session else None),
            session_name="support chat" if session and user % 3 else ("agent run" if session else None),
            trace_id=f"{(session or draws.offset[index]) * _MIX & _MASK:016x}{draws.offset[index]:016x}"
            if luck[6] < _TRACE_SHARE
            else None,
            properties=_properties(place, user, luck),
            prompt_id=f"prompt-{user % 9}" if luck[7] < _PROMPT_SHARE else None,
            prompt_version=str(1 + user % 4) if luck[7] < _PROMPT_SHARE else None,
            provider=model.provider,
            dialect=model.dialect,
            path=model.path,
            target_host=model.host,
            request_model=model.name,
            response_model=model.answering if error_type is None else None,
            is_stream=is_stream,
            attempts=[]
            if is_hit
            else [
                Attempt(
                    provider=model.provider,
                    host=model.host,
                    started_at=created_at + timedelta(milliseconds=gateway_ms),
                    duration_ms=latency_ms - gateway_ms,
                    status_code=status,
                )
            ],
            status_code=status,
            error_type=error_type,
            error_message="The server had an error while processing your request." if status == 500 else None,
            finish_reason=None if error_type else ("tool_calls" if luck[7] > 0.93 else "stop"),
            tool_names=[TOOLS[user % len(TOOLS)]] if luck[7] > 0.93 and error_type is None else [],
            latency_ms=latency_ms,
            time_to_first_byte_ms=None if status is None else min(first_token_ms, latency_ms),
            time_to_first_token_ms=first_token_ms if is_stream and error_type is None else None,
            gateway_ms=gateway_ms,
            usage_source="reported" if has_usage else "none",
            input_tokens=input_tokens if has_usage else None,
            output_tokens=output_tokens if has_usage else None,
            cache_read_tokens=input_tokens // 2 if has_cached_prefix else (0 if has_usage else None),
            reasoning_tokens=reasoning_tokens if has_usage else None,
            cache_hit=is_hit,
            cache_key=f"1/{draws.offset[index] * _MIX & _MASK:016x}{user:016x}" if is_hit else None,
            saved_latency_ms=model.first_token_ms * slow_start if is_hit else None,
            user_agent=USER_AGENTS[(place + user) % len(USER_AGENTS)],
            country_code=COUNTRIES[int(len(COUNTRIES) * (user % 97 / 97) ** 2)],
            request_body=request_body,
            request_body_bytes=len(request_body),
            response_body=response_body,
            response_body_bytes=len(response_body) if response_body else 0,
            request_preview=prompt[:PREVIEW_CHARS],
            response_preview=answer[:PREVIEW_CHARS] if answer else None,
            request_headers=_HEADERS,
            response_headers=_HEADERS[:1],
        )


@dataclass(frozen=True)
class _Draws:
    """What was drawn for a batch: one entry for each of its exchanges."""

    organization: list[int]
    user: list[int]
    session: list[int]
    model: list[int]
    failure: list[int]
    seconds: list[float]
    request_chars: list[int]
    chars: list[int]
    offset: list[int]
    id_bits: bytes
    luck: list[list[float]]
    slowness: list[list[float]]
    gateway_ms: list[float]


_MASK = (1 << 64) - 1
_HEADERS = [Pair("content-type", "application/json"), Pair("accept", "application/json")]
_KEYS = [[api_key_id(place, number) for number in range(4)] for place in range(len(organizations().ids))]


def _failure_shares() -> list[float]:
    shares = [share for _, _, share in FAILURES]
    return [1 - math.fsum(shares), *shares]


def _sessions(
    dice: np.random.Generator, organization: np.ndarray, weights: np.ndarray, first: int, day: date
) -> np.ndarray:
    """Numbers of sessions, 0 for none: calls of one session are near each other in time."""
    count = len(organization)
    place_in_organization = (first + np.arange(count)) * weights[organization]
    number = (place_in_organization * _SESSION_SHARE / _PER_SESSION + 3 * dice.random(count)).astype(np.uint64)
    mixed = (number + np.uint64(day.toordinal() << 32)) * np.uint64(_MIX) + organization.astype(np.uint64) * np.uint64(
        0xC2B2AE3D27D4EB4F
    )
    mixed ^= mixed >> np.uint64(31)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return np.where(dice.random(count) < _SESSION_SHARE, mixed | np.uint64(1), np.uint64(0))


def _uuid7(created_at: datetime, bits: bytes, index: int) -> UUID:
    random = int.from_bytes(bits[10 * index : 10 * index + 10])
    value = int(created_at.timestamp() * 1000) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def _user(place: int, user: int) -> str:
    return f"u_{(user * 2654435761 + place * 40503) & 0xFFFFFFFF:08x}"


def _properties(place: int, user: int, luck: list[float]) -> list[Pair]:
    if luck[4] > 0.8:
        return []
    pairs = [
        Pair("environment", ENVIRONMENTS[int(5 * luck[5])]),
        Pair("feature", FEATURES[int(8 * luck[6] ** 2)]),
    ]
    if luck[4] < 0.5:
        pairs.append(Pair("tenant", f"tenant-{(user * 31 + place) % 500:03d}"))
    if luck[4] < 0.1:
        pairs.append(Pair("experiment", f"exp-{int(luck[7] * 40)}"))
    return pairs


def _chat(model: Model, system: str, prompt: str, *, is_stream: bool) -> str:
    stream = "true" if is_stream else "false"
    return (
        f'{{"model":"{model.name}","stream":{stream},"temperature":0.7,"messages":['
        f'{{"role":"system","content":"{system}"}},{{"role":"user","content":"{prompt}"}}]}}'
    )


def _answer(model: Model, text: str, input_tokens: int, output_tokens: int, request_id: UUID) -> str:
    return (
        f'{{"id":"chatcmpl-{request_id.hex}","object":"chat.completion","model":"{model.answering}","choices":['
        f'{{"index":0,"message":{{"role":"assistant","content":"{text}"}},"finish_reason":"stop"}}],'
        f'"usage":{{"prompt_tokens":{input_tokens},"completion_tokens":{output_tokens},'
        f'"total_tokens":{input_tokens + output_tokens}}}}}'
    )


def _error(error_type: str, status: int) -> str:
    return f'{{"error":{{"type":"{error_type}","code":{status},"message":"It did not work."}}}}'
