"""Holds a lease for as long as work goes on, however long one statement takes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from pipelines.loading.day_lease import DayLease, LeaseLost

_RENEW_SECONDS = 5.0


@contextmanager
def prolonged(lease: DayLease) -> Iterator[None]:
    """Renews the lease from a thread; whoever lost it learns so at its own next check."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(_RENEW_SECONDS):
            try:
                lease.check()
            except (LeaseLost, SQLAlchemyError):
                return

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
