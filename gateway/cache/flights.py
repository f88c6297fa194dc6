"""Equal calls at the same time: the first one leads and asks the provider, the others wait for its answer."""

import asyncio
import time
from collections.abc import Callable

from gateway.cache.entry import Entry

STALL_SECONDS = 5.0
"""How long a leader's client may refuse to read before those who wait for the answer go their own way."""


class Flight:
    """One call that leads, and how many follow it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._landed: asyncio.Future[Entry | None] = asyncio.get_running_loop().create_future()
        self._orphan: asyncio.Task[None] | None = None
        self.followers = 0
        self.sending_since: float | None = None
        """When the leader began to send to its client what it has not taken yet."""

    def land(self, entry: Entry | None) -> None:
        """Gives the answer to the followers; None if it cannot be shared."""
        if not self._landed.done():
            self._landed.set_result(entry)

    async def follow(self) -> Entry | None:
        """Waits for the answer; None where there will be none, or the leader's client holds it up."""
        self.followers += 1
        try:
            while True:
                done, _ = await asyncio.wait({self._landed}, timeout=STALL_SECONDS)
                if done:
                    return self._landed.result()
                if self.sending_since is not None and self._clock() - self.sending_since >= STALL_SECONDS:
                    return None
        finally:
            self.followers -= 1
            if not self.followers and self._orphan is not None and not self._landed.done():
                self._orphan.cancel()

    def goes_on_without_client(self, leader: "asyncio.Task[None] | None") -> bool:
        """Tells whether the leader is to go on for its followers though its client left.

        When the last of them leaves too, its task is cancelled.
        """
        if not self.followers or self._landed.done():
            return False
        self._orphan = leader
        return True


class Flights:
    """The flights of one process, by the question."""

    def __init__(self) -> None:
        self._flights: dict[str, Flight] = {}

    def __len__(self) -> int:
        return len(self._flights)

    def find(self, question: str) -> Flight | None:
        return self._flights.get(question)

    def begin(self, question: str) -> Flight:
        flight = self._flights[question] = Flight()
        return flight

    def end(self, question: str, flight: Flight, entry: Entry | None) -> None:
        """Lets the followers go on, with the answer or without."""
        if self._flights.get(question) is flight:
            del self._flights[question]
        flight.land(entry)
