"""Whatever is wrong with the store, it is a miss and never an error."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from control.database import open_database
from gateway.cache.entry import Entry, Origin
from gateway.cache.epochs import CacheEpochs
from gateway.cache.front import Front
from gateway.cache.policy import CachePolicy
from gateway.cache.response_cache import ResponseCache, Visit
from gateway.cache.store import PAUSE_SECONDS, CacheStore
from providers.facts import ResponseFacts
from tests.gateway.running import Accounts
from warehouse.object_store import StoreUnavailable
from warehouse.object_store.local import LocalStore

ORGANIZATION = UUID(int=1)
BODY = b'{"model":"m"}'
BOTH = CachePolicy(reads=True, saves=True, max_age_seconds=60)


class Faulty(LocalStore):
    """A real store that can be told to fail or to hang."""

    fails = False
    hangs: threading.Event | None = None
    reads = 0

    def get(self, key: str) -> bytes:
        self.reads += 1
        self._trouble()
        return super().get(key)

    def put(self, key: str, data: bytes) -> None:
        self._trouble()
        super().put(key, data)

    def _trouble(self) -> None:
        if self.fails:
            raise StoreUnavailable("503 Slow Down")
        if self.hangs is not None:
            self.hangs.wait(20)


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def bucket(tmp_path: Path) -> Faulty:
    made = Faulty(tmp_path, "response-cache")
    made.ensure_bucket()
    return made


@pytest.fixture
async def epochs(accounts: Accounts) -> AsyncIterator[CacheEpochs]:
    engine = open_database(f"sqlite:///{accounts.database}")
    made = CacheEpochs(engine)
    await made.refresh()
    yield made
    engine.dispose()


def cache_over(bucket: Faulty, epochs: CacheEpochs, clock: Clock) -> ResponseCache:
    return ResponseCache(epochs, CacheStore(bucket, clock), Front(1 << 20), clock=clock)


def visit_of(cache: ResponseCache, policy: CachePolicy = BOTH) -> Visit:
    visit = cache.visit(ORGANIZATION, "openai", BODY, policy)
    assert visit is not None
    return visit


def origin(number: int) -> Origin:
    return Origin(request_id=UUID(int=number), provider="openai", hostname="h", path="/p", latency_ms=5.0)


async def kept(cache: ResponseCache, policy: CachePolicy = BOTH) -> Entry | None:
    """What a call gets that ends without an answer of its own."""
    visit = visit_of(cache, policy)
    hit = await visit.look()
    visit.end(origin(2), None, is_stream=False)
    return hit and hit[0]


async def save(cache: ResponseCache, body: bytes = b"answer") -> None:
    visit = visit_of(cache)
    await visit.look()

    async def nowhere(_message: object) -> None:
        return None

    send = visit.capture(nowhere)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})
    visit.end(origin(3), ResponseFacts(), is_stream=False)


async def test_another_process_finds_what_this_one_stored(bucket: Faulty, epochs: CacheEpochs):
    clock = Clock()
    first = cache_over(bucket, epochs, clock)
    await save(first)
    await first.close()
    [stored] = bucket.list_after()
    assert stored.key.startswith(f"{ORGANIZATION}/0/")
    second = cache_over(bucket, epochs, clock)
    found = await kept(second)
    assert found is not None
    assert (found.body, found.origin.request_id) == (b"answer", UUID(int=3))
    assert await kept(second) is found
    assert bucket.reads == 2, "the second hit comes from memory"
    await second.close()


async def test_an_answer_expires_and_is_replaced(bucket: Faulty, epochs: CacheEpochs):
    clock = Clock()
    cache = cache_over(bucket, epochs, clock)
    await save(cache)
    clock.now += 59
    assert await kept(cache) is not None
    assert await kept(cache, CachePolicy(reads=True, saves=False, accepts_seconds=30)) is None
    clock.now += 1
    assert await kept(cache) is None
    await save(cache, b"newer")
    assert (found := await kept(cache)) is not None
    assert found.body == b"newer"
    clock.now -= 500
    assert await kept(cache) is not None, "a clock that goes back makes nothing older"
    await cache.close()
    assert len(list(bucket.list_after())) == 1


async def test_a_store_that_is_down_is_a_miss_and_is_left_alone_for_a_while(bucket: Faulty, epochs: CacheEpochs):
    clock = Clock()
    cache = cache_over(bucket, epochs, clock)
    bucket.fails = True
    assert await kept(cache) is None
    assert cache.store.failures == 1
    await save(cache)
    assert (await kept(cache)) is not None, "memory serves all the same"
    assert (bucket.reads, cache.store.failures) == (1, 2)
    bucket.fails = False
    clock.now += PAUSE_SECONDS
    other = CachePolicy(reads=True, saves=True, seed="other")
    assert await kept(cache, other) is None
    assert bucket.reads == 2
    await cache.close()


async def test_a_store_that_hangs_holds_a_call_up_only_shortly(
    bucket: Faulty, epochs: CacheEpochs, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("gateway.cache.store.READ_SECONDS", 0.05)
    cache = cache_over(bucket, epochs, Clock())
    bucket.hangs = threading.Event()
    assert await asyncio.wait_for(kept(cache), timeout=10) is None
    assert cache.store.failures == 1
    bucket.hangs.set()
    await cache.close()


async def test_a_damaged_object_is_a_miss(bucket: Faulty, epochs: CacheEpochs):
    cache = cache_over(bucket, epochs, Clock())
    await save(cache)
    await cache.close()
    [stored] = bucket.list_after()
    bucket.put(stored.key, bucket.get(stored.key)[:-1])
    fresh = cache_over(bucket, epochs, Clock())
    assert await kept(fresh) is None
    assert fresh.store.failures == 1
    await fresh.close()


async def test_before_the_epochs_are_known_nothing_is_served(bucket: Faulty):
    engine = open_database("sqlite://")  # It has no tables.
    unread = CacheEpochs(engine)
    await unread.refresh()
    cache = ResponseCache(unread, CacheStore(bucket), Front(1 << 20))
    assert cache.visit(ORGANIZATION, "openai", BODY, BOTH) is None
    await cache.close()
    engine.dispose()
