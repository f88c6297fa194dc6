"""A disk of a megabyte that a test fills: a file system of its own where one may be mounted, or a pretence."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

_BYTES = 1 << 20


class MountedDisk:
    """The kernel says when it is full."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    def fill(self, but: int = 0) -> None:
        """Leaves about so many bytes free."""
        free = shutil.disk_usage(self.path).free
        with self._ballast.open("ab") as file:
            os.posix_fallocate(file.fileno(), file.tell(), max(free - but, 4096))

    def free(self) -> None:
        self._ballast.unlink()


class PretendedDisk:
    """Says it of files below a folder."""

    def __init__(self, path: Path, patch: pytest.MonkeyPatch) -> None:
        self.path = path
        self._left = self._size = _BYTES
        self._real_write, self._real_statvfs = os.write, os.statvfs
        patch.setattr(os, "write", self._write)
        patch.setattr(os, "statvfs", self._statvfs)

    def fill(self, but: int = 0) -> None:
        self._left = but

    def free(self) -> None:
        self._left = self._size

    def _write(self, descriptor: int, data: bytes) -> int:
        if not os.readlink(f"/proc/self/fd/{descriptor}").startswith(str(self.path)):
            return self._real_write(descriptor, data)
        if len(data) > self._left:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._left -= len(data)
        return self._real_write(descriptor, data)

    def _statvfs(self, path: Any) -> Any:
        return SimpleNamespace(f_bavail=self._left, f_frsize=1) if Path(path) == self.path else self._real_statvfs(path)


Disk = MountedDisk | PretendedDisk


@contextmanager
def small_disk(path: Path) -> Iterator[Disk]:
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={_BYTES}", "tmpfs", str(path)]
    if shutil.which("mount") and subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0:
        try:
            yield MountedDisk(path)
        finally:
            subprocess.run(["umount", "--lazy", str(path)], check=True)
    else:
        with pytest.MonkeyPatch.context() as patch:
            yield PretendedDisk(path, patch)
