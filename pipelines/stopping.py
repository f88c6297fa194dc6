"""Tells the work in this process that the process was asked to end.

Dagster's code server answers a signal by waiting for running ticks, for a minute; ours would run on for most of it.
"""

import signal
import threading
from collections.abc import Callable
from types import FrameType


def before_interrupts(stop: Callable[[], None]) -> None:
    """Has `stop` called when the process is asked to end, before whatever handled that so far.

    Does nothing outside the main thread, where Python lets nobody handle signals.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        handler = signal.getsignal(number)
        if callable(handler):
            signal.signal(number, _first(stop, handler))


def _first(stop: Callable[[], None], then: Callable[[int, FrameType | None], object]) -> Callable[..., None]:
    def handle(number: int, frame: FrameType | None) -> None:
        stop()
        then(number, frame)

    return handle
