"""Who gets the next place, with threads that hold one until the test lets them go."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from uuid import UUID

import pytest

from hql.errors import Busy
from hql.serving.slots import HALF_LIFE_SECONDS, SECONDS_PER_PLACE, Slots

A, B, C = (UUID(int=number) for number in (1, 2, 3))


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Waiting:
    """A query in a thread of its own."""

    def __init__(self, slots: Slots, organization_id: UUID, begun: list[UUID]) -> None:
        self._gate = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(slots, organization_id, begun), daemon=True)
        self._thread.start()

    def _run(self, slots: Slots, organization_id: UUID, begun: list[UUID]) -> None:
        with slots.held(organization_id):
            begun.append(organization_id)
            self._gate.wait(30)

    def end(self) -> None:
        self._gate.set()
        self._thread.join(30)


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    moment = threading.Event()

    def wait(condition: Callable[[], bool]) -> None:
        for _ in range(3000):
            if condition():
                return
            moment.wait(0.01)
        raise AssertionError("it did not come to that")

    return wait


def test_an_organization_runs_so_many_queries_at_once():
    slots = Slots(per_organization=1, wait_seconds=0.01)
    with slots.held(A):
        with slots.held(B):
            pass
        with pytest.raises(Busy, match="of your organization are running"), slots.held(A):
            pass
    with slots.held(A):
        pass


def test_all_together_run_no_more_than_the_warehouse_carries():
    slots = Slots(at_once=2, per_organization=2, wait_seconds=0.01)
    with slots.held(A), slots.held(B), pytest.raises(Busy, match="the warehouse runs"), slots.held(C):
        pass
    with slots.held(C):
        pass


def test_waiting_is_bounded_too(until):
    slots = Slots(per_organization=1, most_waiting=1)
    begun: list[UUID] = []
    with ExitStack() as stack:
        stack.enter_context(slots.held(A))
        waiting = Waiting(slots, A, begun)
        until(lambda: slots._uses[A].waiting == 1)
        with pytest.raises(Busy, match="are waiting"), slots.held(A):
            pass
        stack.close()
        until(lambda: begun == [A])
        waiting.end()


def test_places_are_left_over_for_who_comes_next():
    slots = Slots(at_once=4, wait_seconds=0.01)
    with slots.held(A), slots.held(A):
        with pytest.raises(Busy), slots.held(A):
            pass
        with slots.held(B), pytest.raises(Busy), slots.held(B):
            pass


def test_what_an_organization_has_used_lately_counts_as_running():
    clock = Clock()
    slots = Slots(at_once=4, wait_seconds=0.01, clock=clock)
    with slots.held(A):
        clock.now += 2 * SECONDS_PER_PLACE
        with pytest.raises(Busy, match="have run for 60 seconds"), slots.held(A):
            pass
        with slots.held(B), slots.held(B):
            pass
    with slots.held(B), slots.held(B), pytest.raises(Busy), slots.held(A):
        pass
    clock.now += HALF_LIFE_SECONDS
    with slots.held(B), slots.held(B), slots.held(A):
        pass


def test_who_has_used_least_comes_first(until):
    clock = Clock()
    slots = Slots(at_once=2, clock=clock)
    with slots.held(B):
        clock.now += SECONDS_PER_PLACE
    begun: list[UUID] = []
    with ExitStack() as stack:
        stack.enter_context(slots.held(UUID(int=8)))
        stack.enter_context(slots.held(UUID(int=9)))
        waiting = {}
        for organization in (B, A, C):
            waiting[organization] = Waiting(slots, organization, begun)
            until(lambda: len(slots._waiting) == len(waiting))
    until(lambda: len(begun) == 2)
    assert set(begun) == {A, C}
    for organization in (A, C):
        waiting[organization].end()
    until(lambda: begun[2:] == [B])
    waiting[B].end()


def test_what_was_used_is_forgotten():
    clock = Clock()
    slots = Slots(clock=clock)
    with slots.held(A):
        clock.now += 64
    assert slots._uses[A].lately(clock.now + HALF_LIFE_SECONDS) == 32
    clock.now += 20 * HALF_LIFE_SECONDS
    with slots.held(B):
        pass
    assert slots._uses.keys() == set()
