"""Equal questions in flight are asked once: the first caller computes, the others wait for its answer."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

from hql.errors import Cancelled

T = TypeVar("T")


class Flights(Generic[T]):
    """What is being computed now, by name; thread-safe."""

    def __init__(self) -> None:
        self._running: dict[str, Future[T]] = {}
        self._lock = Lock()

    def run(self, name: str, compute: Callable[[], T]) -> tuple[T, bool]:
        """Returns the answer, and whether another caller computed it; raises what computing it raised.

        A caller whose leader was cancelled computes it itself.
        """
        while True:
            with self._lock:
                running = self._running.get(name)
                if running is None:
                    mine: Future[T] = Future()
                    self._running[name] = mine
            if running is None:
                return self._lead(name, mine, compute), False
            try:
                return running.result(), True
            except Cancelled:
                continue

    def _lead(self, name: str, mine: "Future[T]", compute: Callable[[], T]) -> T:
        try:
            answer = compute()
        except BaseException as error:
            self._land(name)
            mine.set_exception(error)
            raise
        self._land(name)
        mine.set_result(answer)
        return answer

    def _land(self, name: str) -> None:
        with self._lock:
            self._running.pop(name, None)
