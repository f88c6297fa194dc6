"""The gateway's own disk in front of the object store: a record is safe from kill -9 once `append` has returned.

A file takes records of one day until it is a second old, 4 MB large or holds 50,000; then it is sealed under the name
its segment will have, and waits for the shipper. A thread flushes in groups, so a power loss costs the last 50 ms.
"""

import errno
import logging
import os
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from warehouse.rawlog.errors import SpoolClosed, SpoolFailed, SpoolFull, WriterIdTaken
from warehouse.rawlog.keys import check_writer_id, new_writer_id
from warehouse.rawlog.spool_file import OpenFile, SealedFile, recover
from warehouse.rawlog.writer_directory import WriterDirectory

_logger = logging.getLogger(__name__)

MOST_RECORDS = 50_000
"""How many records a segment holds at most: the loader handles one segment at a time."""

_MOST_OPEN_FILES = 16
_ADOPT_SECONDS = 30.0
_DISK_CHECK_SECONDS = 1.0
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class SpoolStats:
    """The state of the spool, for metrics."""

    bytes: int
    """Bytes on disk that are not shipped yet."""
    files: int
    """Files that are not shipped yet."""
    oldest_seconds: float
    """Age of the oldest record that is not shipped yet; 0 when there is none."""
    disk_errors: int
    """Flushes and seals that failed since the start."""


class Spool:
    """The spool of one writer. `append` is called from one thread, the event loop's; the rest from any."""

    def __init__(
        self,
        directory: Path,
        writer_id: str | None = None,
        *,
        max_bytes: int = 4 << 30,
        min_free_bytes: int = 64 << 20,
        seal_seconds: float = 1.0,
        seal_bytes: int = 4 << 20,
        sync_seconds: float = 0.05,
    ) -> None:
        """Takes over what dead writers left in the directory; raises OSError, or WriterIdTaken."""
        self.writer_id = check_writer_id(writer_id or new_writer_id())
        self._directory = directory
        self._max_bytes = max_bytes
        self._min_free_bytes = min_free_bytes
        self._seal_seconds = seal_seconds
        self._seal_bytes = seal_bytes
        self._sync_seconds = sync_seconds

        # Held for moments only and never during a flush, so that `append` does not wait for the disk.
        self._lock = threading.Lock()
        self._open: dict[date, OpenFile] = {}
        self._full: list[OpenFile] = []
        self._sealed: deque[SealedFile] = deque()
        self._sealed_one = threading.Condition(self._lock)
        self._sealing = threading.Lock()
        self._wake = threading.Event()
        self._bytes = 0
        self._disk_errors = 0
        self._disk_is_unfit = False
        self._closed = False

        own = WriterDirectory.create(directory, self.writer_id)
        if own is None:
            raise WriterIdTaken(f"another process writes to {directory / self.writer_id}; give each its own writer id")
        self._own = own
        self._held = {own.path: own}
        self._emptied: deque[str] = deque()
        self._take_over(own)
        self._adopt()
        self._check_disk()
        self._thread = threading.Thread(target=self._run, name="weir-spool", daemon=True)
        self._thread.start()

    @property
    def has_room(self) -> bool:
        """Whether new traffic should be let in: false a little before the bound is reached, or where the disk fails."""
        return not self._disk_is_unfit and self._bytes < self._max_bytes * 0.9

    def append(self, line: bytes, day: date) -> None:
        """Keeps one record, a line with its newline, among those of that UTC day; on return it outlives the process.

        Raises SpoolError; then nothing of the line is kept.
        """
        with self._lock:
            try:
                self._append(line, day)
            except OSError as error:
                # Until the thread looks again, so that a disk that fails does not lose record after record.
                self._disk_is_unfit = True
                self._wake.set()
                if error.errno in _FULL:
                    raise SpoolFull(f"the disk of {self._directory} is full: {error}") from error
                raise SpoolFailed(f"cannot write to {self._directory}: {error}") from error

    def seal(self) -> None:
        """Seals every open file now, without waiting for its age."""
        with self._lock:
            self._full.extend(self._open.values())
            self._open.clear()
        self._seal_full_files()

    def close(self) -> None:
        """Takes no more records and seals what is open; sealed files wait for the shipper or the next start."""
        with self._lock:
            self._closed = True
        self._wake.set()
        self._thread.join()
        self.seal()

    def release(self) -> None:
        """After `close`: lets other processes take over what was not shipped."""
        with self._lock:
            held = list(self._held.values())
        for directory in held:
            directory.release()

    def next_sealed(self, timeout: float | None = None) -> SealedFile | None:
        """Returns the file to ship next, waiting for one if need be; it stays first until `discard` or `postpone`."""
        with self._sealed_one:
            self._sealed_one.wait_for(lambda: self._sealed, timeout)
            return self._sealed[0] if self._sealed else None

    def discard(self, sealed: SealedFile) -> None:
        """Forgets a file that is in the object store, and deletes it. Raises OSError."""
        sealed.path.unlink(missing_ok=True)
        with self._lock:
            self._sealed.remove(sealed)
            self._bytes -= sealed.size
            self._tidy(sealed.path.parent)

    def postpone(self, sealed: SealedFile) -> None:
        """Puts a file that cannot be shipped behind the others."""
        with self._lock:
            self._sealed.remove(sealed)
            self._sealed.append(sealed)

    def next_emptied(self) -> str | None:
        """Returns a writer that is gone and of which everything is shipped by now, each once."""
        return self._emptied.popleft() if self._emptied else None

    def stats(self) -> SpoolStats:
        """Returns the state of the spool."""
        with self._lock:
            opened = [*self._open.values(), *self._full]
            written = [file.created_at for file in opened] + [file.written_at for file in self._sealed]
            return SpoolStats(
                bytes=self._bytes,
                files=len(written),
                oldest_seconds=max(0.0, time.time() - min(written)) if written else 0.0,
                disk_errors=self._disk_errors,
            )

    def _append(self, line: bytes, day: date) -> None:
        if self._closed:
            raise SpoolClosed("the spool is closed: the process is stopping")
        if self._bytes + len(line) > self._max_bytes:
            raise SpoolFull(f"{self._bytes} bytes wait in {self._directory}, the bound is {self._max_bytes}")
        file = self._open.get(day) or self._begin(day)
        try:
            file.append(line)
        except OSError:
            if file.torn:
                self._full.append(self._open.pop(day))
            raise
        self._bytes += len(line)
        if file.size >= self._seal_bytes or file.records >= MOST_RECORDS:
            self._full.append(self._open.pop(day))
            self._wake.set()

    def _begin(self, day: date) -> OpenFile:
        if len(self._open) >= _MOST_OPEN_FILES:
            self._full.append(self._open.pop(next(iter(self._open))))
        file = OpenFile(self._own.path, day, self.writer_id)
        self._open[day] = file
        self._wake.set()
        return file

    def _run(self) -> None:
        """The thread: seals by age, flushes in groups, adopts; it sleeps while nothing is open."""
        adopt_at = time.monotonic() + _ADOPT_SECONDS
        check_at = 0.0
        while not self._closed:
            self._wake.wait(self._pause())
            self._wake.clear()
            try:
                self._seal_old_files()
                self._sync()
                now = time.monotonic()
                if now >= check_at:
                    self._check_disk()
                    check_at = now + _DISK_CHECK_SECONDS
                if now >= adopt_at:
                    self._adopt()
                    adopt_at = now + _ADOPT_SECONDS
            except Exception:
                self._disk_errors += 1
                _logger.exception("the spool's upkeep failed; it goes on")

    def _pause(self) -> float:
        if self._open or self._full:
            return self._sync_seconds
        return _DISK_CHECK_SECONDS if self._disk_is_unfit else _ADOPT_SECONDS

    def _seal_old_files(self) -> None:
        with self._lock:
            oldest = time.monotonic() - self._seal_seconds
            for day in [day for day, file in self._open.items() if file.begun <= oldest]:
                self._full.append(self._open.pop(day))
        self._seal_full_files()

    def _seal_full_files(self) -> None:
        with self._sealing:
            for file in list(self._full):
                self._sync_file(file)
                try:
                    sealed = file.seal()
                except OSError as error:
                    self._disk_errors += 1
                    _logger.error("cannot seal %s, trying again: %s", file.path, error)
                    continue
                with self._lock:
                    self._full.remove(file)
                    if sealed is not None:
                        self._sealed.append(sealed)
                        self._sealed_one.notify_all()

    def _sync(self) -> None:
        with self._lock:
            files = list(self._open.values())
        for file in files:
            self._sync_file(file)

    def _sync_file(self, file: OpenFile) -> None:
        try:
            file.sync()
        except OSError as error:
            # What is in memory can still be shipped, which makes it as safe as it can be.
            self._disk_errors += 1
            _logger.error("cannot flush %s: %s", file.path, error)

    def _check_disk(self) -> None:
        disk = os.statvfs(self._directory)
        self._disk_is_unfit = disk.f_bavail * disk.f_frsize < self._min_free_bytes

    def _adopt(self) -> None:
        for directory in WriterDirectory.adopt(self._directory):
            self._held[directory.path] = directory
            if not self._take_over(directory):
                self._let_go(directory.path)

    def _take_over(self, directory: WriterDirectory) -> int:
        """Queues what an earlier writer left in the directory, and returns how many files that are."""
        files = recover(directory.path)
        with self._lock:
            self._sealed.extend(files)
            self._bytes += sum(file.size for file in files)
            self._sealed_one.notify_all()
        if files:
            _logger.info("took over %d files of an earlier writer from %s", len(files), directory.path)
        return len(files)

    def _tidy(self, day_folder: Path) -> None:
        """Removes a day's folder that became empty, and an adopted directory with nothing left to ship."""
        with suppress(OSError):
            day_folder.rmdir()
            directory = day_folder.parent
            if directory != self._own.path and not any(directory.glob("dt=*")):
                self._let_go(directory)

    def _let_go(self, directory: Path) -> None:
        self._held.pop(directory).release()
        self._emptied.append(directory.name)
