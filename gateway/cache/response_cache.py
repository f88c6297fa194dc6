"""The response cache of one process, in front of the store that all share.

visit = cache.visit(organization_id, place, body, policy)
hit = await visit.look()        an answer, if there is one
visit.capture(send)             else what to send the provider's answer through
visit.end(…)                    always, when the call is over
"""

import random
import time
from collections.abc import Callable, Iterable
from uuid import UUID

from prometheus_client.core import Metric

from gateway.asgi import Headers, Send
from gateway.cache.capture import Capture
from gateway.cache.entry import Entry, Origin
from gateway.cache.epochs import CacheEpochs
from gateway.cache.flights import Flight, Flights
from gateway.cache.front import Front
from gateway.cache.key import CacheKey, key_of
from gateway.cache.policy import CachePolicy
from gateway.cache.store import CacheStore
from gateway.metrics import counter, gauge
from providers.facts import ResponseFacts

Hit = tuple[Entry, int]
"""An answer, and the slot of the bucket it was in."""

_MISS: Headers = [(b"weir-cache", b"MISS"), (b"helicone-cache", b"MISS")]


class ResponseCache:
    """What all visits share."""

    def __init__(
        self,
        epochs: CacheEpochs,
        store: CacheStore,
        front: Front,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` tells Unix time: entries outlive the process."""
        self.epochs = epochs
        self.store = store
        self.front = front
        self.flights = Flights()
        self.clock = clock
        self.hits = self.misses = self.shared = self.saved = 0

    def visit(self, organization_id: UUID, place: str, body: bytes, policy: CachePolicy) -> "Visit | None":
        """Begins a call's visit; None where the cache can have no part in the call."""
        epoch = self.epochs.of(organization_id)
        key = None if epoch is None else key_of(organization_id, epoch, place, body, policy)
        return None if key is None else Visit(self, key, policy)

    def figures(self) -> list[Metric]:
        """Returns its counters."""
        return [
            counter("weir_cache_hits", "Calls answered from the response cache.", self.hits),
            counter("weir_cache_misses", "Calls that asked the response cache and went on.", self.misses),
            counter("weir_cache_shared", "Hits that waited for an equal call's answer.", self.shared),
            counter("weir_cache_saved", "Answers given to the response cache to keep.", self.saved),
            counter("weir_cache_store_failures", "Reads and writes of its store that failed.", self.store.failures),
            gauge("weir_cache_front_bytes", "Bytes of answers kept in memory.", self.front.bytes),
        ]

    async def close(self) -> None:
        await self.store.close()


class Visit:
    """One call's dealings with the cache."""

    def __init__(self, cache: ResponseCache, key: CacheKey, policy: CachePolicy) -> None:
        self._cache = cache
        self._policy = policy
        self._flight: Flight | None = None
        """The flight that this call leads."""
        self._capture: Capture | None = None
        self._filled: set[int] = set()
        """Slots that hold a good answer, as far as was looked."""
        self.key = key
        self.hit: Hit | None = None

    @property
    def kept(self) -> Entry | None:
        """The answer that was served, if one was."""
        return None if self.hit is None else self.hit[0]

    async def look(self) -> Hit | None:
        """Returns an answer that may be served. Without one, equal calls wait for this call's until it ends."""
        if not self._policy.reads:
            await self._look_for_room()
            return None
        self.hit = await self._find()
        if self.hit is None:
            self._cache.misses += 1
        else:
            self._cache.hits += 1
        return self.hit

    def capture(self, send: Send) -> Send:
        """Returns what to send the provider's answer through, so that it can be kept."""
        self._capture = Capture(send, _MISS if self._policy.reads else [], self._flight)
        return self._capture

    def goes_on_without_client(self, task: "object") -> bool:
        """Tells whether the call goes on for others that wait for its answer though its client left."""
        return self._flight is not None and self._flight.goes_on_without_client(task)  # type: ignore[arg-type]

    def end(self, origin: Origin, facts: ResponseFacts | None, *, is_stream: bool, is_translated: bool = False) -> None:
        """Keeps the answer if it is whole and good, and lets those go on who wait for it.

        `facts` are what the provider's answer said, if all of it came. Of a translated stream the client may not have
        been sent the end by then, so it is whole only once the last byte has been sent.
        """
        entry = None
        try:
            entry = self._entry(origin, facts, is_stream, is_translated)
            if entry is not None and self._policy.saves:
                self._save(entry)
        finally:
            # Whatever happens, nobody must wait for ever.
            self._land(entry)

    async def _find(self) -> Hit | None:
        if self._policy.fills_first:
            await self._look_for_room()
            if len(self._filled) < self._policy.slots:
                return None
            return await self._good(random.choice(sorted(self._filled)))  # noqa: S311 - no secret depends on it.
        slots = range(self._policy.slots)
        if (hit := self._any_in_front(slots)) is not None:
            return hit
        flights, question = self._cache.flights, self.key.prefix
        if (flight := flights.find(question)) is not None:
            entry = await flight.follow()
            self._cache.shared += entry is not None
            return None if entry is None else (entry, 0)
        if not self._policy.saves:
            return await self._any_stored()
        # The look into the store is the leader's too, so that equal calls ask it once.
        self._flight = flights.begin(question)
        try:
            hit = await self._any_stored()
        except BaseException:
            self._land(None)
            raise
        if hit is not None:
            self._land(hit[0])
        return hit

    async def _any_stored(self) -> Hit | None:
        if self._policy.slots == 1:
            return await self._good(0)
        await self._look_for_room()
        slots = list(self._filled)
        random.shuffle(slots)
        for slot in slots:
            if (hit := await self._good(slot)) is not None:
                return hit
        return None

    async def _look_for_room(self) -> None:
        """Learns which slots are filled, those in front included: what was saved just now may not be stored yet."""
        if self._policy.slots == 1:
            return
        slots = range(self._policy.slots)
        stored = await self._cache.store.slots(self.key.prefix)
        self._filled = {slot for slot in stored if slot in slots}
        self._filled |= {slot for slot in slots if self._in_front(slot) is not None}

    async def _good(self, slot: int) -> Hit | None:
        entry = self._in_front(slot)
        if entry is None:
            entry = await self._cache.store.get(self._name(slot))
            if entry is None or not self._is_good(entry):
                self._filled.discard(slot)
                return None
            self._cache.front.put(self._name(slot), entry)
        return entry, slot

    def _any_in_front(self, slots: Iterable[int]) -> Hit | None:
        good = [(entry, slot) for slot in slots if (entry := self._in_front(slot)) is not None]
        return random.choice(good) if good else None  # noqa: S311 - no secret depends on it.

    def _in_front(self, slot: int) -> Entry | None:
        entry = self._cache.front.get(self._name(slot))
        return entry if entry is not None and self._is_good(entry) else None

    def _is_good(self, entry: Entry) -> bool:
        return entry.is_good(self._cache.clock(), self._policy.accepts_seconds)

    def _name(self, slot: int) -> str:
        return f"{self.key.prefix}{slot}"

    def _entry(self, origin: Origin, facts: ResponseFacts | None, is_stream: bool, is_translated: bool) -> Entry | None:
        capture = self._capture
        if capture is None or facts is None or facts.error_type is not None:
            return None
        if not (capture.is_plain if is_stream and not is_translated else capture.is_whole):
            return None
        return Entry(
            origin=origin,
            stored_at=self._cache.clock(),
            max_age_seconds=self._policy.max_age_seconds,
            headers=capture.headers,
            facts=facts,
            is_stream=is_stream,
            body=capture.body,
        )

    def _save(self, entry: Entry) -> None:
        """Puts it into the first slot that is empty or no longer good, else into any."""
        slots = range(self._policy.slots)
        room = [slot for slot in slots if slot not in self._filled]
        name = self._name(room[0] if room else random.choice(slots))  # noqa: S311 - no secret depends on it.
        self._cache.saved += 1
        self._cache.front.put(name, entry)
        self._cache.store.put(name, entry)

    def _land(self, entry: Entry | None) -> None:
        if self._flight is not None:
            self._cache.flights.end(self.key.prefix, self._flight, entry)
