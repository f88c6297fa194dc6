"""A query that the engine works on after its caller left: its place is taken until it has ended."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from hql.errors import Busy, Cancelled
from hql.serving.overruns import Overruns
from hql.serving.service import HqlService, open_service
from hql.serving.slots import Slots
from tests.hql.conftest import Stored
from tests.hql.dataset import OURS, THEIRS

ONE_LONG_CALL = "select arraySum(arraySort(x -> sipHash64(x), range(14000000 + number))) as s from numbers(1)"
"""Some seconds in one call, which nothing ends."""

_SORTING = "select Settings['log_comment'] from system.processes where elapsed > 0.7"


@pytest.fixture
def slots() -> Slots:
    return Slots(per_organization=1, wait_seconds=0.05)


@pytest.fixture
def service(stored: Stored, slots: Slots) -> Iterator[HqlService]:
    service = open_service(stored.reader_url, slots=slots)
    yield service
    service.close()


def test_its_place_is_held_until_the_engine_has_ended_it(service: HqlService, slots: Slots, stored: Stored):
    query_id, moment = uuid4().hex, threading.Event()
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(service.query, OURS, ONE_LONG_CALL, query_id=query_id)
        # By then it sorts, and comes to no place where it would see that nobody waits.
        while query_id not in stored.ask(_SORTING, as_writer=True):
            moment.wait(0.01)
        service.cancel(query_id)
        with pytest.raises(Cancelled):
            running.result()
    # Whoever asked has the answer; the engine does not know yet.
    assert service.still_runs(query_id)
    with pytest.raises(Busy, match="of your organization are running"):
        service.query(OURS, "select 1 as one")
    assert service.query(THEIRS, "select 1 as one").row_count == 1
    while OURS in slots._uses and slots._uses[OURS].running:
        moment.wait(0.01)
    assert not service.still_runs(query_id)
    assert service.query(OURS, "select 1 as one").row_count == 1


def test_what_was_answered_does_not_run(service: HqlService):
    query_id = uuid4().hex
    service.query(OURS, "select count() from requests", query_id=query_id)
    assert not service.still_runs(query_id)
    assert not service.still_runs("never heard of it")


def test_one_thread_looks_at_everything_and_leaves_when_there_is_nothing():
    overruns, over, moment = Overruns(), threading.Event(), threading.Event()
    ended: list[int] = []
    for number in range(3):
        overruns.when_over(lambda: not over.is_set(), lambda number=number: ended.append(number))
    overruns.when_over(lambda: False, lambda: ended.append(9))
    assert ended == [9]
    assert [each.name for each in threading.enumerate()].count("hql-overruns") == 1
    over.set()
    while len(ended) < 4:
        moment.wait(0.01)
    assert ended == [9, 0, 1, 2]
