"""Answers a call from the response cache where its headers allow that, else keeps what the provider answers.

Only calls in a dialect we parse have a part in it: of those we know that the same question may have the same answer,
which is not so for uploads, batches or whatever else a provider offers.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from gateway.answer_headers import headers_about
from gateway.asgi import Send
from gateway.cache.entry import Origin
from gateway.cache.policy import CachePolicy, asks_for_cache, read_cache_policy
from gateway.cache.replay import Replay
from gateway.cache.response_cache import Hit, ResponseCache, Visit
from gateway.call import Call
from gateway.recording.recorder import Recorder
from gateway.targets.doors import PART_HEADER

Ask = Callable[[Send], Awaitable[None]]
"""Asks the provider and sends its answer."""


class CachedCalls:
    """Stands between the proxy and its way to the provider."""

    def __init__(self, cache: ResponseCache, recorder: Recorder, *, kept_bytes: int) -> None:
        self._cache = cache
        self._recorder = recorder
        self._kept_bytes = kept_bytes

    def concerns(self, call: Call) -> bool:
        """Whether the call's headers speak of the cache; most do not, and need not pass here."""
        return asks_for_cache(call.head)

    async def serve(self, call: Call, body: bytes, send: Send, ask: Ask) -> None:
        """Answers the call, whose body comes with its content encoding undone.

        Raises what `ask` raises, and BadRequest for a header that makes no sense.
        """
        policy = read_cache_policy(call.head)
        visit = None if policy is None else self._visit(call, body, policy)
        if visit is None:
            return await ask(send)
        call.visit = visit
        if (hit := await visit.look()) is not None:
            return await self._replay(call, hit, send)
        try:
            await ask(visit.capture(send))
        finally:
            _end(visit, call)

    def _visit(self, call: Call, body: bytes, policy: CachePolicy) -> Visit | None:
        if call.dialect is None or call.method != "POST":
            return None
        target, ours = call.target, call.head.ours
        place = f"{target.provider} {target.host}{target.path}?{call.query}"
        # A route, a list of fallbacks or a part of the host says whom to ask, as a path does.
        named = [name for name in sorted(ours) if name in ("route", "fallbacks") or name.startswith(PART_HEADER)]
        place += "".join(f" {name}={ours[name]}" for name in named)
        return self._cache.visit(call.key.organization_id, place, body, policy)

    async def _replay(self, call: Call, hit: Hit, send: Send) -> None:
        replay = call.tap = Replay(*hit, self._kept_bytes)
        # At the unified door it is not known otherwise whose answer, and whose price, this was.
        origin = replay.entry.origin
        call.target = replace(call.target, provider=origin.provider, hostname=origin.hostname, path=origin.path)
        call.status = 200
        call.response_headers = replay.headers()
        self._recorder.record(call)
        call.is_answered = True
        headers = [*replay.headers(), *replay.marks(), *headers_about(call)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": replay.entry.body})


def _end(visit: Visit, call: Call) -> None:
    """Hands over what came. A stream counts as whole when its last event came, whoever listened until then."""
    tap = call.tap
    is_stream = tap is not None and tap.is_stream
    is_whole = tap is not None and (tap.is_message_complete or not is_stream)
    origin = Origin(
        request_id=call.request_id,
        provider=call.target.provider,
        hostname=call.target.hostname,
        path=call.target.path,
        latency_ms=(time.perf_counter() - call.received_at) * 1000,
    )
    facts = tap.facts() if tap is not None and is_whole else None
    visit.end(origin, facts, is_stream=is_stream, is_translated=call.told is not None)
