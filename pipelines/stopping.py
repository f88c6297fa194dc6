"""Tells the work in this process that the process was asked to end.

Dagster's code server answers a signal by waiting for running ticks, for a minute, and puts its own signal handlers in
the place of others. So the signal is heard beside the handlers, by the descriptor that Python writes its number to.
"""

import signal
import socket
import threading
from collections.abc import Callable


def on_interrupt(stop: Callable[[], None]) -> None:
    """Has `stop` called, in a thread, when the process gets SIGINT or SIGTERM, whoever handles it.

    Does nothing outside the main thread, where Python lets nobody listen to signals.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    heard, told = socket.socketpair()
    told.setblocking(False)
    signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_listen, args=(heard, told, stop), name="stopping", daemon=True).start()


def _listen(heard: socket.socket, told: socket.socket, stop: Callable[[], None]) -> None:
    """Reads signal numbers; `told` is passed only so that it stays open."""
    while number := heard.recv(1):
        if number[0] in (signal.SIGINT, signal.SIGTERM):
            stop()
            return
