"""Entries in the bucket `response-cache`. A store that is down or slow is a miss, never an error.

Looks have threads of their own, so that a slow store holds up nobody but callers of the cache, and those not for long.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from gateway.cache.entry import MOST_ENTRY_BYTES, Entry, decode_entry, encode_entry
from warehouse.object_store import NotFound, ObjectStore, ObjectStoreError

READ_SECONDS = 2.0
"""How long a call waits for the store before it goes to the provider."""
PAUSE_SECONDS = 5.0
"""How long the store is left alone after it failed."""

_THREADS = 8
_MOST_WAITING_BYTES = 8 * MOST_ENTRY_BYTES

_logger = logging.getLogger(__name__)
_Found = TypeVar("_Found")


class CacheStore:
    """One bucket, used inside the event loop."""

    def __init__(self, bucket: ObjectStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._bucket = bucket
        self._clock = clock
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="response-cache")
        self._rests_until = 0.0
        self._waiting_bytes = 0
        self._puts: set[asyncio.Future[None]] = set()
        self.failures = 0
        """Reads and writes that failed, and entries that were damaged or too many at once."""

    async def get(self, key: str) -> Entry | None:
        return await self._ask(lambda: decode_entry(key, self._bucket.get(key)))

    async def slots(self, prefix: str) -> list[int]:
        """Returns which slots of a bucket of answers are filled."""
        found = await self._ask(lambda: [info.key.rpartition("/")[2] for info in self._bucket.list_after(prefix)])
        return [int(name) for name in found or () if name.isdigit()]

    def put(self, key: str, entry: Entry) -> None:
        """Keeps an entry soon; the caller does not wait. Where too much waits already, it is dropped."""
        if self._clock() < self._rests_until or self._waiting_bytes + entry.size > _MOST_WAITING_BYTES:
            self.failures += 1
            return
        self._waiting_bytes += entry.size
        put = asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: self._bucket.put(key, encode_entry(key, entry))
        )
        self._puts.add(put)
        put.add_done_callback(lambda done: self._end_put(done, entry.size))

    async def close(self) -> None:
        """Waits a little for what is being written."""
        if self._puts:
            await asyncio.wait(self._puts, timeout=READ_SECONDS)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, look: Callable[[], _Found]) -> _Found | None:
        if self._clock() < self._rests_until:
            return None
        try:
            return await asyncio.wait_for(
                asyncio.get_running_loop().run_in_executor(self._threads, look), timeout=READ_SECONDS
            )
        except NotFound:
            return None
        except ValueError as error:
            self.failures += 1
            _logger.warning("a kept answer cannot be used: %s", error)
            return None
        except (ObjectStoreError, TimeoutError) as error:
            self._failed(error)
            return None

    def _end_put(self, put: "asyncio.Future[None]", size: int) -> None:
        self._puts.discard(put)
        self._waiting_bytes -= size
        if not put.cancelled() and (error := put.exception()) is not None:
            self._failed(error)

    def _failed(self, error: BaseException) -> None:
        self.failures += 1
        if self._clock() >= self._rests_until:
            _logger.warning("the response cache's store fails, its answers count as missing: %r", error)
        self._rests_until = self._clock() + PAUSE_SECONDS
