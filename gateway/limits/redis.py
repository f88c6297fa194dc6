"""Counters in Redis or Valkey, which all gateways share: one script reserves, one settles.

Time is Redis's. Whatever it takes longer for than a call can wait counts as away, and then it is left alone for a
moment, so that calls do not wait for it one after the other.
"""

import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from importlib.resources import files
from typing import Any, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from gateway.limits.counters import SLOTS, Correction, CountersAway, Standing, Verdict, Want

ANSWER_SECONDS = 1.0
"""How long a call waits for Redis."""
PAUSE_SECONDS = 1.0
"""How long it is left alone after it was away."""

_CONNECTIONS = 32


class RedisCounters:
    """Counters behind one URL. Made and closed inside the event loop."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            # A connection that a restarted server has closed is made anew; what timed out may have been done.
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        )
        self._redis = Redis.from_pool(pool)
        self._reserve = self._redis.register_script(_script("reserve"))
        self._settle = self._redis.register_script(_script("settle"))
        self._clock = clock
        self._rests_until = 0.0

    async def reserve(self, scope: str, wants: Sequence[Want]) -> Verdict:
        keys = [_key(scope, want) for want in wants]
        values = [
            value
            for want in wants
            for value in (want.quota, want.slot_ms, SLOTS, want.amount, 1 if want.is_whole else 0)
        ]
        refused, retry_ms, *rest = await self._run(lambda: self._reserve(keys=keys, args=values))
        numbers = [int(value) for value in rest]
        standings = [Standing(*numbers[start : start + 3]) for start in range(0, len(numbers), 3)]
        return Verdict(standings, int(refused) - 1 if int(refused) else None, int(retry_ms))

    async def settle(self, scope: str, corrections: Sequence[Correction]) -> None:
        keys = [_key(scope, correction.want) for correction in corrections]
        values = [value for correction in corrections for value in (correction.slot, correction.amount)]
        await self._run(lambda: self._settle(keys=keys, args=values))

    async def close(self) -> None:
        await self._redis.aclose()

    async def _run(self, script: Callable[[], Awaitable[object]]) -> list[Any]:
        if self._clock() < self._rests_until:
            raise CountersAway("Redis failed a moment ago")
        try:
            return cast(list[Any], await script())
        except (RedisError, OSError) as error:
            self._rests_until = self._clock() + PAUSE_SECONDS
            raise CountersAway(str(error) or type(error).__name__) from error


def _script(name: str) -> str:
    return files("gateway.limits").joinpath(f"{name}.lua").read_text(encoding="utf-8")


def _key(scope: str, want: Want) -> str:
    """The braces keep an organization's counters on one node of a cluster, as a script demands."""
    digest = hashlib.sha256(want.counter.encode()).hexdigest()[:32]
    return f"weir:limits:{{{scope}}}:{digest}"
