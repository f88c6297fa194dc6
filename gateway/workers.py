"""Several processes behind one port: the parent opens it, forks workers, and sees that they live and end together.

Each worker is a gateway of its own, with its own event loop, connections, spool directory and metrics. They take
connections from one queue, so a busy one takes fewer. A worker that dies is replaced, and what its spool held is
shipped by its successor.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from socket import socket
from types import FrameType
from typing import NoReturn

_PAUSE_SECONDS = 1.0
"""Between the death of a worker and its successor, so that one that cannot live does not keep a core busy."""

_STOPPING = (signal.SIGTERM, signal.SIGINT)

_logger = logging.getLogger(__name__)


class Workers:
    """The parent. Made and run before any thread is started, for only the one that forks lives on in a child."""

    def __init__(self, count: int, serve: Callable[[], None], listeners: Sequence[socket]) -> None:
        """`serve` runs in each worker until that is told to stop."""
        self._count = count
        self._serve = serve
        self._listeners = listeners
        self._pids: set[int] = set()
        self._told: signal.Signals | None = None
        # Nobody ever writes: reading ends when the last process that could write is gone, which is the parent.
        self._parent_is_gone, self._parent_lives = os.pipe()

    def run(self) -> None:
        """Returns when the parent was told to stop and all workers have ended."""
        for told in _STOPPING:
            signal.signal(told, self._stop)
        for _ in range(self._count):
            self._start()
        while self._pids:
            pid, status = os.waitpid(-1, 0)
            self._pids.discard(pid)
            if self._told is None:
                _logger.error("worker %d ended with status %d; another takes its place", pid, status)
                time.sleep(_PAUSE_SECONDS)
                self._start()

    def _start(self) -> None:
        # A signal between the fork and the note of its pid would miss the new worker.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
        if self._told is None:
            pid = os.fork()
            if pid == 0:
                self._work()
            self._pids.add(pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)

    def _work(self) -> NoReturn:
        """What the child does until its end."""
        status = 1
        try:
            # In a group of its own: a terminal's Ctrl-C is for the parent, which then stops each worker once.
            os.setpgid(0, 0)
            for told in _STOPPING:
                signal.signal(told, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
            os.close(self._parent_lives)
            threading.Thread(target=self._end_with_parent, name="weir-parent", daemon=True).start()
            self._serve()
            status = 0
        except BaseException:
            _logger.exception("a worker failed")
        finally:
            logging.shutdown()
            os._exit(status)

    def _end_with_parent(self) -> None:
        os.read(self._parent_is_gone, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    def _stop(self, number: int, _: FrameType | None) -> None:
        self._told = signal.Signals(number)
        for listener in self._listeners:
            listener.close()
        for pid in self._pids:
            os.kill(pid, signal.SIGTERM)
