"""Sends a call to the candidates of its plan, one after the other, until one gives an answer worth passing on.

As long as another try is left, an answer is looked at before the client sees any of it: a whole one until its first
bytes, a stream until its first content. Once anything has gone to the client there is no way back. If no candidate
does better, the client gets the last real answer of a provider, unchanged.
"""

import asyncio
import time

from gateway.answer_headers import in_a_header
from gateway.call import Call
from gateway.caller.credentials import Credentials
from gateway.errors import GatewayError, UpstreamError, UpstreamTimeout
from gateway.metrics import Metrics
from gateway.routing.answer import Answer
from gateway.routing.attempt import Attempt
from gateway.routing.health import HealthByOrganization
from gateway.routing.outgoing import ClientBody, NotCarried, Outgoing, outgoing
from gateway.routing.plan import Candidate, Plan
from gateway.routing.setback import Setback, setback_of
from gateway.upstream.client import Upstream
from gateway.upstream.headers import UpstreamRequest, request_for
from gateway.upstream.kept_keys import KeptKeys

_TOO_SHORT_SECONDS = 0.002
"""What is left of the time when it is over: the event loop's timers count whole milliseconds, and may be one early."""


class Attempts:
    """Makes the tries of calls."""

    def __init__(self, upstream: Upstream, kept_keys: KeptKeys, metrics: Metrics, health: HealthByOrganization) -> None:
        self._upstream = upstream
        self._kept_keys = kept_keys
        self._metrics = metrics
        self._health = health

    async def answer(self, call: Call, plan: Plan, body: ClientBody) -> Answer:
        """Returns the answer for the client; whoever gets it closes its response.

        Raises UpstreamError if no provider answered, and whatever GatewayError keeps the request from being sent.
        """
        if plan.is_single:
            answer = await self._send(call, plan.candidates[0], body)
        else:
            try:
                answer = await self._first_good(call, plan, body)
            finally:
                call.answer_headers.append((b"weir-attempts", ", ".join(map(str, call.attempts)).encode()))
        if answer.candidate.model is not None or answer.candidate.fallback_index is not None:
            _say_which(call, answer)
        return answer

    async def _send(self, call: Call, candidate: Candidate, body: ClientBody) -> Answer:
        call.target = candidate.target
        sent = outgoing(call, candidate, body)
        request = self._request(call, candidate, sent)
        target = call.target = request.target
        headers = request.headers
        if sent.is_plain and body.raw is not body.plain:
            headers = [header for header in headers if header[0] != "content-encoding"]
        model = candidate.model if candidate.model != call.facts.model else None
        attempt = Attempt(target.provider, target.host, model, time.perf_counter())
        call.attempts.append(attempt)
        if call.sent_at is None:
            call.sent_at = attempt.began_at
            self._metrics.sent_on_after(call.sent_at - call.received_at)
        response = await self._upstream.send(call.method, request.url, headers, sent.body, target.host)
        attempt.status = response.status
        return Answer(candidate, target, response, sent.usage_filter, sent.translator)

    def _request(self, call: Call, candidate: Candidate, sent: Outgoing) -> UpstreamRequest:
        """Returns the request to a candidate, which may be sent another head, credential or query than the caller's."""
        head, credentials, query = call.head, call.credentials, call.query
        if candidate.head is not None:
            call.head = candidate.head
        if candidate.credentials is not None:
            call.credentials = Credentials(credentials.secret, candidate.credentials.own)
        if candidate.query is not None:
            call.query = candidate.query
        try:
            return request_for(
                call, candidate.target, self._kept_keys, body=sent.body, plain_response=sent.wants_plain_response
            )
        finally:
            call.head, call.credentials, call.query = head, credentials, query

    async def _first_good(self, call: Call, plan: Plan, body: ClientBody) -> Answer:
        deadline = asyncio.get_running_loop().time() + plan.patience.total_seconds
        held: Answer | None = None
        error: GatewayError | None = None
        for candidate in plan.candidates:
            tries = 0
            while True:
                tries += 1
                is_last = candidate is plan.candidates[-1] and tries > plan.retries.most
                found = await self._try(call, candidate, body, plan, deadline, is_last)
                if isinstance(found, Answer):
                    return found
                held, error = found.answer or held, found.error or error
                if not await _wait_for_next(plan, tries, found, deadline):
                    break
            if asyncio.get_running_loop().time() + _TOO_SHORT_SECONDS >= deadline:
                break
        if held is not None:
            call.target = held.target
            return held
        assert error is not None
        raise error

    async def _try(
        self, call: Call, candidate: Candidate, body: ClientBody, plan: Plan, deadline: float, is_last: bool
    ) -> Answer | Setback:
        patience = plan.patience
        seconds = patience.first_token_seconds if call.facts.is_stream else patience.attempt_seconds
        now = asyncio.get_running_loop().time()
        until = deadline if is_last and not patience.is_asked_for else min(now + seconds, deadline)
        answer: Answer | None = None
        setback: Setback | None = None
        try:
            async with asyncio.timeout_at(until):
                answer = await self._send(call, candidate, body)
                setback = await setback_of(call, answer)
            if setback is None:
                seconds_taken = asyncio.get_running_loop().time() - now
                self._health.of(call.key.organization_id).answered(candidate, seconds_taken)
                return answer
        except NotCarried as error:
            return Setback(error.type, error=error, may_retry=False)
        except TimeoutError:
            waited = asyncio.get_running_loop().time() - now
            late = UpstreamTimeout(f"{candidate.target.host} gave no answer within {waited:.1f} s")
            setback = Setback(late.type, error=late)
        except UpstreamError as error:
            setback = Setback(error.type, error=error)
        except BaseException:
            if answer is not None:
                answer.response.close()
            raise
        if answer is not None:
            answer.response.close()
        call.attempts[-1].ended(time.perf_counter(), setback.error_type)
        self._learn(call, candidate, setback)
        return setback

    def _learn(self, call: Call, candidate: Candidate, setback: Setback) -> None:
        health = self._health.of(call.key.organization_id)
        if setback.retry_after_seconds is not None:
            health.asked_to_wait(candidate, setback.retry_after_seconds)
        if setback.is_the_providers_fault:
            health.failed(candidate)


async def _wait_for_next(plan: Plan, tries: int, setback: Setback, deadline: float) -> bool:
    """Waits for the moment to ask the same candidate again; returns whether that is any use."""
    pause = plan.retries.pause_seconds(tries, setback.retry_after_seconds) if setback.may_retry else None
    if pause is None or asyncio.get_running_loop().time() + pause >= deadline:
        return False
    await asyncio.sleep(pause)
    return True


def _say_which(call: Call, answer: Answer) -> None:
    """Tells the client who answered."""
    candidate, headers = answer.candidate, call.answer_headers
    if candidate.fallback_index is not None:
        index = b"%d" % candidate.fallback_index
        headers += [(b"weir-fallback-index", index), (b"helicone-fallback-index", index)]
    if candidate.model is not None:
        provider = answer.target.provider.encode()
        headers += [(b"weir-provider", provider), (b"helicone-provider", provider)]
        headers.append((b"weir-model", in_a_header(candidate.model)))
