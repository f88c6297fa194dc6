"""One file of the spool: appended to, sealed, shipped, deleted. It holds whole lines only, whatever fails."""

import errno
import logging
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ulid import ULID

from warehouse.rawlog.keys import key_of_sealed

_logger = logging.getLogger(__name__)

OPEN_SUFFIX = ".open"


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file that nothing is appended to any more; it waits to be shipped."""

    path: Path
    size: int
    written_at: float
    """Unix time of its oldest record; of its newest, if an earlier process left it."""

    @property
    def key(self) -> str:
        return key_of_sealed(self.path)


class OpenFile:
    """The file that takes the records of one day."""

    def __init__(self, directory: Path, day: date, writer_id: str) -> None:
        folder = directory / f"dt={day.isoformat()}"
        folder.mkdir(exist_ok=True)
        self.path = folder / f"{ULID()}-{writer_id}.ndjson{OPEN_SUFFIX}"
        self.size = 0
        self.records = 0
        self.torn = False
        """Whether a part of a line that failed could not be cut off: nothing may follow it."""
        self.created_at = time.time()
        self.begun = time.monotonic()
        self._synced_size = 0
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)

    def append(self, line: bytes) -> None:
        """Writes the line by one call to the system, or nothing of it; raises OSError."""
        try:
            written = os.write(self._descriptor, line)
            if written != len(line):
                raise OSError(errno.ENOSPC, "the disk took a part of the line only")
        except OSError:
            self._cut()
            raise
        self.size += written
        self.records += 1

    def sync(self) -> None:
        """Brings what was appended to the disk; raises OSError."""
        size = self.size
        if size == self._synced_size:
            return
        os.fdatasync(self._descriptor)
        if self._synced_size == 0:
            for folder in (self.path.parent, self.path.parent.parent):
                _sync_folder(folder)
        self._synced_size = size

    def seal(self) -> SealedFile | None:
        """Gives the file its final name; None if it held nothing. Raises OSError, and may then be called again."""
        if self.torn:
            self._cut()
        if self.torn:
            raise OSError(errno.EIO, f"cannot cut the torn line at the end of {self.path}")
        if self.size == 0:
            self.path.unlink(missing_ok=True)
        else:
            self.path.rename(_sealed_path(self.path))
        os.close(self._descriptor)
        return SealedFile(_sealed_path(self.path), self.size, self.created_at) if self.size else None

    def _cut(self) -> None:
        try:
            os.ftruncate(self._descriptor, self.size)
            self.torn = False
        except OSError:
            self.torn = True


def recover(folder: Path) -> list[SealedFile]:
    """Seals what a writer that is gone left in its directory, and returns all its sealed files, oldest first.

    A file that cannot be read stays where it is: it must not keep the others, or the gateway, waiting.
    """
    files = []
    for path in sorted(folder.glob("dt=*/*.ndjson*"), key=lambda path: path.name):
        try:
            sealed = _recover_file(path)
        except OSError as error:
            _logger.error("cannot recover %s: %s", path, error)
        else:
            files += [sealed] if sealed else []
    return files


def _recover_file(path: Path) -> SealedFile | None:
    written_at = path.stat().st_mtime
    size = path.stat().st_size
    if path.suffix == OPEN_SUFFIX:
        size = _cut_torn_line(path)
        if size == 0:
            path.unlink()
            return None
        path.rename(_sealed_path(path))
    return SealedFile(_sealed_path(path), size, written_at)


def _cut_torn_line(path: Path) -> int:
    """Cuts the file after its last newline and returns its size: a line without an end was acknowledged to nobody."""
    block = 1 << 20
    with path.open("rb+") as file:
        end = size = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - block)
            file.seek(start)
            newline = file.read(end - start).rfind(b"\n")
            end = start + newline + 1
            if newline >= 0:
                break
            end = start
        if end != size:
            file.truncate(end)
        os.fdatasync(file.fileno())
    return end


def _sealed_path(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(OPEN_SUFFIX))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
