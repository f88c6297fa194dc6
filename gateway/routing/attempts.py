"""Sends a call to the candidates of its plan, one after the other, until one gives an answer worth passing on.

As long as another try is left, an answer is looked at before the client sees any of it: a whole one until its first
bytes, a stream until its first content. Once anything has gone to the client there is no way back. If no candidate
does better, the client gets the last real answer of a provider, unchanged.
"""

import asyncio
import time
from dataclasses import dataclass

from gateway.bodies.encodings import Undecodable, decoder_for
from gateway.bodies.tap import Tap
from gateway.call import Call
from gateway.errors import UpstreamError, UpstreamTimeout
from gateway.metrics import Metrics
from gateway.routing.answer import Answer, HeldResponse
from gateway.routing.attempt import Attempt
from gateway.routing.failover import is_transient, may_be_too_long, says_too_long
from gateway.routing.plan import Candidate, Plan
from gateway.routing.retries import retry_after_seconds
from gateway.upstream.client import Upstream
from gateway.upstream.headers import OperatorKeys, headers_for
from providers.dialects.chat_completions.include_usage import UsageChunkFilter, inject

_MOST_HELD_BYTES = 256 * 1024
"""An answer that is larger before it can be judged is passed on."""


@dataclass(slots=True)
class _Setback:
    """Why a try is not the answer, and what of it the client may get if there is nothing better."""

    error_type: str
    answer: Answer | None = None
    error: UpstreamError | None = None
    may_retry: bool = True
    retry_after_seconds: float | None = None


class Attempts:
    """Makes the tries of calls."""

    def __init__(self, upstream: Upstream, operator_keys: OperatorKeys, metrics: Metrics) -> None:
        self._upstream = upstream
        self._operator_keys = operator_keys
        self._metrics = metrics

    async def answer(self, call: Call, plan: Plan, body: bytes) -> Answer:
        """Returns the answer for the client; whoever gets it closes its response.

        Raises UpstreamError if no provider answered, and whatever GatewayError keeps the request from being sent.
        """
        if plan.is_single:
            return await self._send(call, plan.candidates[0], body)
        return await self._first_good(call, plan, body)

    async def _send(self, call: Call, candidate: Candidate, body: bytes) -> Answer:
        target = call.target = candidate.target
        usage_filter = None
        if _may_ask_for_usage(call):
            body, usage_filter = inject(body), UsageChunkFilter()
        # What the filter is to read must not come compressed.
        earlier_secrets = call.secrets
        headers = headers_for(call, self._operator_keys, plain_response=usage_filter is not None)
        if earlier_secrets:
            call.secrets = [*earlier_secrets, *call.secrets]
        url = f"{target.url}?{call.query}" if call.query else target.url
        attempt = Attempt(target.provider, target.host, candidate.model, time.perf_counter())
        call.attempts.append(attempt)
        if call.sent_at is None:
            call.sent_at = attempt.began_at
            self._metrics.sent_on_after(call.sent_at - call.received_at)
        response = await self._upstream.send(call.method, url, headers, body, target.host)
        attempt.status = response.status
        return Answer(candidate, response, usage_filter)

    async def _first_good(self, call: Call, plan: Plan, body: bytes) -> Answer:
        deadline = asyncio.get_running_loop().time() + plan.patience.total_seconds
        held: Answer | None = None
        error: UpstreamError | None = None
        for candidate in plan.candidates:
            tries = 0
            while True:
                tries += 1
                is_last = candidate is plan.candidates[-1] and tries > plan.retries.most
                found = await self._try(call, candidate, body, plan, deadline, is_last)
                if isinstance(found, Answer):
                    return found
                call.attempts[-1].ended(time.perf_counter(), found.error_type)
                held, error = found.answer or held, found.error or error
                if not await _wait_for_next(plan, tries, found, deadline):
                    break
            if asyncio.get_running_loop().time() >= deadline:
                break
        if held is not None:
            call.target = held.candidate.target
            return held
        assert error is not None
        raise error

    async def _try(
        self, call: Call, candidate: Candidate, body: bytes, plan: Plan, deadline: float, is_last: bool
    ) -> Answer | _Setback:
        patience = plan.patience
        seconds = patience.first_token_seconds if call.facts.is_stream else patience.attempt_seconds
        now = asyncio.get_running_loop().time()
        answer: Answer | None = None
        is_passed_on = False
        try:
            async with asyncio.timeout_at(deadline if is_last else min(now + seconds, deadline)):
                answer = await self._send(call, candidate, body)
                setback = await _setback(call, answer)
                is_passed_on = setback is None
                return setback or answer
        except TimeoutError:
            waited = asyncio.get_running_loop().time() - now
            error = UpstreamTimeout(f"{candidate.target.host} gave no answer within {waited:.1f} s")
            return _Setback(error.type, error=error)
        except UpstreamError as error:
            return _Setback(error.type, error=error)
        finally:
            if answer is not None and not is_passed_on:
                answer.response.close()


async def _wait_for_next(plan: Plan, tries: int, setback: _Setback, deadline: float) -> bool:
    """Waits for the moment to ask the same candidate again; returns whether that is any use."""
    pause = plan.retries.pause_seconds(tries, setback.retry_after_seconds) if setback.may_retry else None
    if pause is None or asyncio.get_running_loop().time() + pause >= deadline:
        return False
    await asyncio.sleep(pause)
    return True


async def _setback(call: Call, answer: Answer) -> _Setback | None:
    """Reads as much of an answer as tells whether to try on; returns why, or None if the client shall have it."""
    response = answer.response
    headers = {name.lower(): value for name, value in response.headers}
    if is_transient(response.status, headers):
        if not await _hold(answer):
            return None
        return _Setback(
            "rate_limited" if response.status == 429 else "provider_error",
            _held(answer),
            may_retry=headers.get(b"x-should-retry") != b"false",
            retry_after_seconds=retry_after_seconds(headers),
        )
    if may_be_too_long(response.status):
        if await _hold(answer) and says_too_long(_plain(answer.begun, headers)):
            return _Setback("context_length", _held(answer), may_retry=False)
        return None
    if response.status < 300 and await _fails_before_content(call, answer, headers):
        return _Setback("provider_error", _held(answer)) if await _hold(answer) else None
    return None


async def _fails_before_content(call: Call, answer: Answer, headers: dict[bytes, bytes]) -> bool:
    """Reads a good answer until its first content; returns whether a stream reports an error instead of any."""
    content_type = headers.get(b"content-type", b"").decode("latin-1").lower()
    tap = Tap(call.target.dialect, content_type, _encoding(headers), 0)
    begun = bytearray()
    while chunk := await answer.response.read():
        begun += chunk
        tap.take(chunk)
        if not tap.is_reading_stream or tap.first_content_at is not None or tap.is_message_complete:
            break
        if answer.response.is_complete or len(begun) > _MOST_HELD_BYTES:
            break
    answer.begun = bytes(begun)
    return tap.is_reading_stream and tap.first_content_at is None and tap.facts().error_type is not None


async def _hold(answer: Answer) -> bool:
    """Reads the rest of an answer; returns whether that is all of it."""
    begun = bytearray(answer.begun)
    response = answer.response
    while not response.is_complete and len(begun) <= _MOST_HELD_BYTES and (chunk := await response.read()):
        begun += chunk
    answer.begun = bytes(begun)
    return len(begun) <= _MOST_HELD_BYTES


def _held(answer: Answer) -> Answer:
    response = HeldResponse(answer.response.status, answer.response.headers, answer.begun)
    return Answer(answer.candidate, response, answer.usage_filter)


def _plain(body: bytes, headers: dict[bytes, bytes]) -> bytes:
    try:
        decoder = decoder_for(_encoding(headers))
        return body if decoder is None else b"".join(decoder.feed(body))
    except Undecodable:
        return body


def _encoding(headers: dict[bytes, bytes]) -> str | None:
    encoding = headers.get(b"content-encoding")
    return None if encoding is None else encoding.decode("latin-1")


def _may_ask_for_usage(call: Call) -> bool:
    """Whether a stream will report its usage if it is asked to, and neither caller nor encoding forbid that."""
    return (
        call.facts.wants_usage_injection
        and call.target.knows_stream_usage
        and call.annotations.stream_usage
        and b"content-encoding" not in call.head.values
    )
