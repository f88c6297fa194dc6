"""Takes one request to a provider and its response back, and sees to it that the call is recorded first.

The order that keeps the promise: what completes a response for the client is forwarded only after the record is in the
spool. So whoever holds a whole response has a row, whatever happens to this process.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import msgspec

from gateway.answer_headers import headers_about
from gateway.asgi import Receive, Scope, Send
from gateway.bodies.request_body import ClientLeft, kept, plain_body_of, read_body, readable
from gateway.cache.cached_call import CachedCalls
from gateway.call import NO_FACTS, Call
from gateway.caller.annotations import read_annotations
from gateway.caller.credentials import read_credentials, refuse_key_in_url
from gateway.caller.head import Head
from gateway.caller.keys import KeyCache
from gateway.caller.unlogged import NOBODY, nobody_at
from gateway.departures import watch
from gateway.downstream.turn import EXTENSION as TURN
from gateway.errors import GatewayError, Unavailable
from gateway.limits.limiter import Limiter
from gateway.metrics import Metrics
from gateway.recording.recorder import Recorder
from gateway.relay import relay
from gateway.responses import send_error
from gateway.routing.attempts import Attempts
from gateway.routing.outgoing import ClientBody
from gateway.routing.planner import Planner
from gateway.targets.doors import Target
from gateway.translated_relay import relay_translated
from providers.facts import RequestFacts

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """What a call may take up."""

    request_bytes: int
    """Largest request body that is accepted."""
    kept_bytes: int
    """How much of each body is kept for the record."""
    refuse_when_full: bool
    """Whether calls are refused while they cannot be recorded."""
    allow_unlogged: bool = False
    """Whether calls without a key of ours are carried, unrecorded."""


class Proxy:
    """Carries calls through the provider and target doors."""

    def __init__(
        self,
        keys: KeyCache,
        planner: Planner,
        attempts: Attempts,
        recorder: Recorder,
        metrics: Metrics,
        limits: Limits,
        limiter: Limiter,
        cache: CachedCalls,
    ) -> None:
        self._keys = keys
        self._planner = planner
        self._attempts = attempts
        self._recorder = recorder
        self._metrics = metrics
        self._limits = limits
        self._limiter = limiter
        self._cache = cache

    async def carry(
        self, target: Target, raw_path: str, head: Head, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Serves one call. Raises GatewayError while there is no organization to record it for."""
        credentials = read_credentials(head, needs_key=not self._limits.allow_unlogged)
        has_key = credentials.secret != ""
        key = await self._keys.find(credentials.secret) if has_key else nobody_at(target, head, credentials)
        refuse_key_in_url(target.path, scope["query_string"])
        annotations = read_annotations(head)
        if has_key:
            self._refuse_what_cannot_be_recorded()
        query = scope["query_string"].decode("latin-1")
        call = Call(scope["method"], target, raw_path, query, head, key, credentials, annotations)
        call.is_recorded = not has_key
        call.turn = scope.get("extensions", {}).get(TURN)
        self._metrics.began()
        try:
            await self._serve(call, scope, receive, send)
        finally:
            self._metrics.ended(target.provider, call.status)

    async def _serve(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        end_watch: Callable[[], object] | None = None
        try:
            body = await self._read(call, scope, receive)
            end_watch = watch(scope, receive, partial(_left, call, asyncio.current_task()))
            if call.key is NOBODY:
                return await self._forward(call, body, send)
            await self._limiter.admit(call, body.plain)
            if self._cache.concerns(call):
                await self._cache.serve(call, body.plain, send, lambda send: self._forward(call, body, send))
            else:
                await self._forward(call, body, send)
        except GatewayError as error:
            await self._fail(call, error, send)
        except ClientLeft:
            self._end_without_client(call)
        except asyncio.CancelledError:
            if not call.client_is_gone:
                call.failed("gateway_stopped", "the gateway was stopped before the response was complete")
                self._recorder.record(call)
                raise
            self._end_without_client(call)
        except Exception:
            # Whatever it was, it is ours, and the client is told so in its own dialect.
            _logger.exception("call %s failed", call.request_id)
            await self._fail(call, GatewayError(f"internal error; the log has more under {call.request_id}"), send)
        finally:
            if end_watch is not None:
                end_watch()
            self._limiter.settle(call)

    def _refuse_what_cannot_be_recorded(self) -> None:
        if self._limits.refuse_when_full and not self._recorder.has_room:
            raise Unavailable("the gateway's disk takes no more, so calls cannot be recorded; try again later")

    async def _read(self, call: Call, scope: Scope, receive: Receive) -> ClientBody:
        body = await read_body(scope, receive, self._limits.request_bytes)
        plain = body
        if b"content-encoding" in call.head.values:
            plain = await plain_body_of(call.head, body, self._limits.request_bytes)
        call.received(kept(plain, self._limits.kept_bytes), _facts(call, readable(plain)))
        return ClientBody(body, plain)

    async def _forward(self, call: Call, body: ClientBody, send: Send) -> None:
        answer = await self._attempts.answer(call, self._planner.plan(call, body.plain), body)
        try:
            if answer.translator is None:
                await relay(call, answer, send, self._recorder, self._limits.kept_bytes)
            else:
                recorder, kept_bytes = self._recorder, self._limits.kept_bytes
                await relay_translated(call, answer, answer.translator, send, recorder, kept_bytes)
        finally:
            answer.response.close()

    async def _fail(self, call: Call, error: GatewayError, send: Send) -> None:
        """Answers with an error of ours; where a response has begun, it is left broken, so that the client notices."""
        call.failed(error.type, error.message)
        begun = call.status is not None
        if not begun:
            call.status = error.status
        self._recorder.record(call)
        if not begun:
            call.is_answered = True
            await send_error(send, error, call.error_dialect, headers_about(call))

    def _end_without_client(self, call: Call) -> None:
        call.client_is_gone = True
        call.failed("client_disconnected", "the client closed the connection before the response was complete")
        self._recorder.record(call)


def _facts(call: Call, body: bytes) -> RequestFacts:
    """Reads the request; some dialects say the model, or that they want a stream, in the path."""
    dialect = call.dialect
    if dialect is None:
        return NO_FACTS
    facts = dialect.parse_request(body) if body else NO_FACTS
    if facts.model is None and dialect.model_in_path is not None:
        facts = msgspec.structs.replace(facts, model=dialect.model_in_path(call.raw_path))
    if dialect.stream_in_path is not None and dialect.stream_in_path(call.raw_path):
        facts = msgspec.structs.replace(facts, is_stream=True)
    return facts


def _left(call: Call, task: "asyncio.Task[None] | None") -> None:
    """Stops the call when its client leaves, so that the provider stops too."""
    if task is not None and not call.is_answered:
        call.client_is_gone = True
        if call.visit is not None and call.visit.goes_on_without_client(task):
            call.failed("client_disconnected", "the client left; the call went on for others with the same question")
        else:
            task.cancel()
