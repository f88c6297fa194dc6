"""A bucket as a directory, an object as a file under its key: the object store of one machine.

Objects appear whole (written aside, flushed, renamed) and keep S3's order of keys. A key cannot be both an object and
a folder of others, which S3 would allow. `etag` is the version's time and size, not a hash of the content: a listing
must not read every file. The time of each version of a key is later than the one before, so etags never come back.
"""

import fcntl
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from warehouse.object_store import ObjectInfo
from warehouse.object_store.errors import InvalidKey, NotFound, StoreUnavailable
from warehouse.object_store.keys import check_key, check_owned_key

_ABANDONED_SECONDS = 3600


class LocalStore:
    """The directory `<root>/<bucket>`; any number of threads and processes may share it."""

    def __init__(self, root: Path, bucket: str) -> None:
        self._root = root.absolute()
        self._bucket = self._root / bucket
        # Neither can be a bucket's name. Both are on the bucket's own file system, so that a rename is atomic.
        self._staging = self._root / ".staging"
        self._lock_file = self._root / f".{bucket}.lock"

    def ensure_bucket(self) -> None:
        with self._errors():
            self._bucket.mkdir(parents=True, exist_ok=True)
            self._staging.mkdir(exist_ok=True)
            _sync_directory(self._root)
            for left in self._staging.iterdir():
                with suppress(FileNotFoundError):
                    if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
                        left.unlink()

    def put(self, key: str, data: bytes) -> None:
        self._put(key, data, lambda _present: True)

    def put_file(self, key: str, file: Path) -> None:
        self._put(key, file, lambda _present: True)

    def put_if_absent(self, key: str, data: bytes) -> bool:
        if self._stat(self._path(key)) is not None:
            return False
        return self._put(key, data, lambda present: present is None)

    def put_if_match(self, key: str, data: bytes, etag: str) -> bool:
        return self._put(key, data, lambda present: present is not None and _etag(present) == etag)

    def get(self, key: str) -> bytes:
        with self._reading(key) as file:
            return file.read()

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        with self._reading(key) as file:
            file.seek(offset)
            return file.read(max(0, length))

    def info(self, key: str) -> ObjectInfo:
        with self._reading(key) as file:
            return _info(key, os.fstat(file.fileno()))

    def list_after(self, prefix: str = "", after: str = "") -> Iterator[ObjectInfo]:
        with self._errors():
            self._require_bucket()
            folder = prefix[: prefix.rfind("/") + 1]
            yield from self._walk(folder, prefix, after)

    def delete(self, key: str) -> None:
        path = self._path(key)
        with self._errors(), self._locked(), suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            path.unlink()
            _sync_directory(path.parent)

    def presigned_url(self, key: str, seconds: int) -> str | None:
        check_owned_key(key)
        return None

    def _path(self, key: str) -> Path:
        return self._bucket / check_key(key)

    def _put(self, key: str, data: bytes | Path, wanted: Callable[[os.stat_result | None], bool]) -> bool:
        path = self._path(key)
        with self._errors(), self._staged(data) as staged, self._locked():
            present = self._stat(path)
            if not wanted(present):
                return False
            version = time.time_ns() if present is None else max(time.time_ns(), present.st_mtime_ns + 1)
            os.utime(staged, ns=(version, version))
            new_folders = self._make_folders(path.parent)
            try:
                os.replace(staged, path)
            except IsADirectoryError as error:
                raise InvalidKey(f"key {key!r} is a folder of other objects here") from error
            for folder in (path.parent, *new_folders):
                _sync_directory(folder)
            return True

    @contextmanager
    def _staged(self, data: bytes | Path) -> Iterator[Path]:
        self._require_bucket()
        staged = self._staging / uuid4().hex
        try:
            with open(staged, "xb") as file:
                if isinstance(data, Path):
                    with data.open("rb") as source:
                        shutil.copyfileobj(source, file)
                else:
                    file.write(data)
                file.flush()
                os.fsync(file.fileno())
            yield staged
        finally:
            staged.unlink(missing_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One change at a time, also between processes: whoever compares and then puts must not be overtaken."""
        lock = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _make_folders(self, folder: Path) -> list[Path]:
        """Creates the folder and returns the folders whose entries changed by it."""
        changed = []
        for missing in (folder, *folder.parents):
            if missing.is_dir():
                break
            changed.append(missing.parent)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise InvalidKey(
                f"a part of {folder.relative_to(self._bucket)} is an object already, not a folder"
            ) from error
        return changed

    @contextmanager
    def _reading(self, key: str) -> Iterator[BinaryIO]:
        path = self._path(key)
        with self._errors():
            try:
                with path.open("rb") as file:
                    yield file
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
                self._require_bucket()
                raise NotFound(f"no object {key!r} in {self._bucket.name}") from error

    def _walk(self, folder: str, prefix: str, after: str) -> Iterator[ObjectInfo]:
        """Yields what is below the folder, which is "" or ends with a slash, opening no folder that cannot matter."""
        try:
            with os.scandir(self._bucket / folder) as entries:
                names = [folder + entry.name + ("/" if entry.is_dir() else "") for entry in entries]
        except (FileNotFoundError, NotADirectoryError):
            return
        # A folder sorts as its keys do, with the slash: `a-b` and `a.b` come before `a/b`, `a0` after it.
        for name in sorted(name for name in names if name > after or after.startswith(name)):
            if name.endswith("/"):
                if name.startswith(prefix) or prefix.startswith(name):
                    yield from self._walk(name, prefix, after)
            elif name.startswith(prefix) and name > after:
                present = self._stat(self._bucket / name)
                if present is not None:
                    yield _info(name, present)

    def _stat(self, path: Path) -> os.stat_result | None:
        try:
            found = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return found if stat.S_ISREG(found.st_mode) else None

    def _require_bucket(self) -> None:
        if not self._bucket.is_dir():
            raise StoreUnavailable(f"there is no bucket {self._bucket}; `ensure_bucket()` creates it")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreUnavailable(f"{self._bucket}: {error}") from error


def _etag(present: os.stat_result) -> str:
    return f"{present.st_mtime_ns:x}-{present.st_size:x}"


def _info(key: str, present: os.stat_result) -> ObjectInfo:
    return ObjectInfo(key, present.st_size, _etag(present), datetime.fromtimestamp(present.st_mtime, UTC))


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
