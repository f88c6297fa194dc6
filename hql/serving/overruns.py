"""What goes on in the engine after its caller was told that it took too long, or left."""

import logging
import time
from collections.abc import Callable
from threading import Lock, Thread

_SECONDS_BETWEEN_LOOKS = 0.5

log = logging.getLogger(__name__)


class Overruns:
    """Looks at everything that goes on, in one thread for all of it, which is there only while there is something."""

    def __init__(self) -> None:
        self._going_on: list[tuple[Callable[[], bool], Callable[[], None]]] = []
        self._lock = Lock()

    def when_over(self, still_runs: Callable[[], bool], then: Callable[[], None]) -> None:
        """Calls `then` once it does not run any more: now, or later from the thread."""
        if not _safely(still_runs):
            then()
            return
        with self._lock:
            self._going_on.append((still_runs, then))
            is_first = len(self._going_on) == 1
        if is_first:
            # A daemon: a process that ends does not wait for the engine.
            Thread(target=self._look, name="hql-overruns", daemon=True).start()

    def _look(self) -> None:
        while True:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
            with self._lock:
                going_on = list(self._going_on)
            over = [each for each in going_on if not _safely(each[0])]
            with self._lock:
                for each in over:
                    self._going_on.remove(each)
                is_last = not self._going_on
            for _, then in over:
                then()
            if is_last:
                return


def _safely(still_runs: Callable[[], bool]) -> bool:
    """Whether it runs; what cannot be told counts as over, as a place must not be lost for good."""
    try:
        return still_runs()
    except Exception:
        log.exception("whether a query still runs cannot be told")
        return False
