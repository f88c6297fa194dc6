"""This process's own way into the raw log: its spool, and the thread that ships it.

Every api process writes under a name of its own, as every gateway does, so any number of them may share a directory. A
record that was kept outlives the process; what a process that died did not ship, the next one there ships.
"""

import logging
from collections.abc import Iterable
from datetime import date
from threading import Lock

from api.errors import Unavailable
from warehouse.object_store import ObjectStore
from warehouse.rawlog.errors import RawLogError, SpoolError
from warehouse.rawlog.shipper import Shipper
from warehouse.rawlog.spool import Spool
from warehouse.record import Said, encode
from warehouse.settings import SpoolSettings

log = logging.getLogger(__name__)


class Spooled:
    """Keeps what is said of requests; thread-safe."""

    def __init__(self, settings: SpoolSettings, raw_log: ObjectStore) -> None:
        """Touches no disk before `open`."""
        self._settings = settings
        self._raw_log = raw_log
        self._lock = Lock()
        self._open: tuple[Spool, Shipper] | None = None

    def open(self) -> None:
        """Takes over what dead processes left, and ships it. An api whose disk fails can still answer questions."""
        try:
            self._opened()
        except Unavailable as error:
            log.error("%s: %s", error, error.__cause__)

    def keep(self, said: Iterable[Said], day: date) -> None:
        """Keeps the records under that day; on return they are safe from the end of this process.

        Raises Unavailable if one cannot be kept; those before it stay.
        """
        spool, _ = self._opened()
        for each in said:
            try:
                spool.append(encode(each), day)
            except SpoolError as error:
                raise _full(error) from error

    def close(self) -> None:
        """Ships what is there for a while, and lets go of the rest."""
        with self._lock:
            opened, self._open = self._open, None
        if opened:
            opened[1].stop(self._settings.spool_drain_seconds)

    def _opened(self) -> tuple[Spool, Shipper]:
        with self._lock:
            if self._open is None:
                try:
                    spool = self._spool()
                except (OSError, RawLogError) as error:
                    raise _full(error) from error
                self._open = spool, Shipper(spool, self._raw_log)
            return self._open

    def _spool(self) -> Spool:
        settings = self._settings
        settings.spool_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Spool(
            settings.spool_dir,
            max_bytes=settings.spool_max_bytes,
            min_free_bytes=settings.spool_min_free_bytes,
            seal_seconds=settings.spool_seal_seconds,
            seal_bytes=settings.spool_seal_bytes,
            sync_seconds=settings.spool_sync_ms / 1000,
        )


def _full(error: Exception) -> Unavailable:
    log.error("nothing can be kept: %s", error)
    return Unavailable(
        "spool_unavailable",
        "the api's disk takes no more, so this was not kept; send it again later",
        hint="operators find the reason in the api's log, and the place in WEIR_SPOOL_DIR",
    )
