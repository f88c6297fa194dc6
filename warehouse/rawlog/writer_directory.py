"""A writer's own directory in the spool, held by a lock that the system drops when the process dies.

So any living writer can tell that another is gone, and take over what it left.
"""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

_LOCK = "lock"
_TRIES = 10
_PAUSE_SECONDS = 0.02


class WriterDirectory:
    """`<spool>/<writer id>`, held until `release`."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock: int | None = lock

    @staticmethod
    def create(spool: Path, writer_id: str) -> "WriterDirectory | None":
        """Makes and holds the directory; None if another process holds it. Raises OSError."""
        path = spool / writer_id
        for _ in range(_TRIES):
            path.mkdir(parents=True, exist_ok=True)
            # Another writer that looks for abandoned directories may hold the new one for a moment, and remove it.
            with suppress(FileNotFoundError):
                lock = _try_lock(path / _LOCK)
                if lock is not None:
                    return WriterDirectory(path, lock)
            time.sleep(_PAUSE_SECONDS)
        return None

    @staticmethod
    def adopt(spool: Path) -> "list[WriterDirectory]":
        """Holds every directory whose writer is gone. Raises OSError."""
        adopted = []
        for path in sorted(path for path in spool.iterdir() if path.is_dir()):
            with suppress(FileNotFoundError):
                lock = _try_lock(path / _LOCK)
                if lock is not None:
                    adopted.append(WriterDirectory(path, lock))
        return adopted

    def release(self) -> None:
        """Lets go of the directory, and removes it if nothing is left in it; a second call does nothing."""
        if self._lock is None:
            return
        with suppress(OSError):
            for day in self.path.glob("dt=*"):
                with suppress(OSError):
                    day.rmdir()
            if [entry.name for entry in self.path.iterdir()] == [_LOCK]:
                (self.path / _LOCK).unlink()
                self.path.rmdir()
        os.close(self._lock)
        self._lock = None


def _try_lock(path: Path) -> int | None:
    """Returns the descriptor of the locked file, None if another process holds it.

    Raises FileNotFoundError if the directory is gone, or went before the lock was had: the lock is then worth nothing.
    """
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.stat().st_ino != os.fstat(lock).st_ino:
            raise FileNotFoundError(path)
    except BlockingIOError:
        os.close(lock)
        return None
    except BaseException:
        os.close(lock)
        raise
    return lock
