"""How the places that calls are sent to have done of late.

A place whose recent calls mostly failed is set aside: it comes last in a plan, so that it is asked only when nobody
else answers. After a pause one call tries it again; if that goes well it is a place like any other, else the pause
doubles. A provider that says when to come back is set aside until then.

Only what the provider could not help counts as failed: being unreachable, too slow, or answering 5xx. All the same each
organization has a health of its own: how long it waits, for which parts of an address, with which key and what request
is its own choice, so nobody can have a place set aside for others.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from prometheus_client.core import Metric

from gateway.metrics import gauge
from gateway.routing.plan import Candidate

_FEWEST_CALLS = 5.0
_WORST_RATE = 0.5
_MEMORY_SECONDS = 30.0
"""How long ago a call has to be to count for a third."""
_FIRST_PAUSE_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 120.0
_MOST_PLACES = 4096
_MOST_ORGANIZATIONS = 4096

_Place = tuple[str, str | None, tuple[str, ...]]


@dataclass(slots=True)
class _State:
    calls: float = 0.0
    failures: float = 0.0
    counted_at: float = 0.0
    latency_seconds: float | None = None
    pause_seconds: float = 0.0
    """How long it is set aside for; 0 if it is not."""
    aside_until: float = 0.0


class HealthByOrganization:
    """What one process has seen."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._of: OrderedDict[UUID, Health] = OrderedDict()

    def of(self, organization_id: UUID) -> "Health":
        """Returns what this organization's calls have met."""
        health = self._of.get(organization_id)
        if health is None:
            if len(self._of) >= _MOST_ORGANIZATIONS:
                self._of.popitem(last=False)
            health = self._of[organization_id] = Health(self._clock)
        else:
            self._of.move_to_end(organization_id)
        return health

    def figures(self) -> list[Metric]:
        """Returns what is known as a gauge."""
        set_aside = sum(health.set_aside for health in self._of.values())
        return [gauge("weir_gateway_set_aside", "Models at providers that are set aside: they fail.", set_aside)]


class Health:
    """What the calls of one organization have met."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._states: dict[_Place, _State] = {}
        self._asked_to_wait: dict[_Place, float] = {}

    @property
    def set_aside(self) -> int:
        """How many places are set aside because they fail."""
        return sum(1 for state in self._states.values() if state.pause_seconds)

    def is_good(self, candidate: Candidate) -> bool:
        """Whether a place is one to ask now. The first call that asks after a pause is the probe."""
        place, now = _place(candidate), self._clock()
        if self._asked_to_wait.get(place, 0.0) > now:
            return False
        state = self._states.get(place)
        if state is None or not state.pause_seconds:
            return True
        if state.aside_until > now:
            return False
        state.aside_until = now + state.pause_seconds
        return True

    def latency_seconds(self, candidate: Candidate) -> float | None:
        """Returns the average time to its answer, recent ones counting more; None if nobody has seen one."""
        state = self._states.get(_place(candidate))
        return None if state is None else state.latency_seconds

    def answered(self, candidate: Candidate, seconds: float) -> None:
        """Notes an answer that was passed on, and how long it took to begin."""
        state = self._counted(candidate)
        state.pause_seconds = 0.0
        known = state.latency_seconds
        state.latency_seconds = seconds if known is None else known + 0.3 * (seconds - known)

    def failed(self, candidate: Candidate) -> None:
        """Notes that a place gave no answer."""
        state = self._counted(candidate)
        state.failures += 1
        if state.pause_seconds:
            self._pause(state, min(2 * state.pause_seconds, _LONGEST_PAUSE_SECONDS))
        elif state.calls >= _FEWEST_CALLS and state.failures / state.calls >= _WORST_RATE:
            self._pause(state, _FIRST_PAUSE_SECONDS)

    def asked_to_wait(self, candidate: Candidate, seconds: float) -> None:
        """Notes that a provider wants no further calls for some time."""
        if len(self._asked_to_wait) >= _MOST_PLACES:
            self._asked_to_wait.clear()
        self._asked_to_wait[_place(candidate)] = self._clock() + min(seconds, _LONGEST_PAUSE_SECONDS)

    def _counted(self, candidate: Candidate) -> _State:
        place, now = _place(candidate), self._clock()
        state = self._states.get(place)
        if state is None:
            if len(self._states) >= _MOST_PLACES:
                self._states.clear()
            state = self._states[place] = _State(counted_at=now)
        faded = math.exp((state.counted_at - now) / _MEMORY_SECONDS)
        state.calls = state.calls * faded + 1
        state.failures *= faded
        state.counted_at = now
        return state

    def _pause(self, state: _State, seconds: float) -> None:
        state.pause_seconds = seconds
        state.aside_until = self._clock() + seconds


def _place(candidate: Candidate) -> _Place:
    target = candidate.target
    return target.host, candidate.model, tuple(sorted(target.parts.values()))
