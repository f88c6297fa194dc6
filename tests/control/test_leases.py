import threading
from datetime import timedelta

from sqlalchemy.engine import Engine

from control import leases
from control.leases import Lease
from tests.control.conftest import NOW

MINUTE = timedelta(minutes=1)


def take(engine: Engine, holder: str, *, now=NOW) -> Lease:
    lease = leases.acquire(engine, "day/2026-11-03", holder, MINUTE, now=now)
    assert lease is not None
    return lease


def test_one_holder_at_a_time(engine: Engine):
    lease = take(engine, "a")
    assert leases.acquire(engine, "day/2026-11-03", "b", MINUTE, now=NOW) is None
    assert leases.acquire(engine, "day/2026-11-03", "a", MINUTE, now=NOW) is None
    assert leases.acquire(engine, "day/2026-11-04", "b", MINUTE, now=NOW) is not None
    assert leases.renew(engine, lease, MINUTE, now=NOW) is not None


def test_a_released_lease_is_free_and_its_number_grows(engine: Engine):
    first = take(engine, "a")
    assert leases.release(engine, first, now=NOW)
    assert leases.renew(engine, first, MINUTE, now=NOW) is None
    assert not leases.release(engine, first, now=NOW)
    second = take(engine, "b")
    assert second.fence > first.fence


def test_who_slept_through_the_lease_has_lost_it(engine: Engine):
    first = take(engine, "a")
    later = NOW + MINUTE
    assert leases.renew(engine, first, MINUTE, now=later) is None
    second = take(engine, "b", now=later)
    assert second.fence > first.fence
    assert leases.renew(engine, first, MINUTE, now=later) is None
    assert not leases.release(engine, first, now=later)
    assert leases.renew(engine, second, MINUTE, now=later) is not None


def test_renewing_prolongs(engine: Engine):
    lease = take(engine, "a")
    renewed = leases.renew(engine, lease, MINUTE, now=NOW + MINUTE / 2)
    assert renewed is not None
    assert renewed.fence == lease.fence
    assert leases.acquire(engine, lease.name, "b", MINUTE, now=NOW + MINUTE) is None
    assert leases.renew(engine, renewed, MINUTE, now=renewed.expires_at) is None


def test_of_many_who_want_it_at_once_one_gets_it(engine: Engine):
    taken: list[Lease] = []
    barrier = threading.Barrier(4)

    def want(holder: str) -> None:
        barrier.wait()
        lease = leases.acquire(engine, "day/2026-11-03", holder, MINUTE, now=NOW)
        if lease is not None:
            taken.append(lease)

    threads = [threading.Thread(target=want, args=[str(n)]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1
