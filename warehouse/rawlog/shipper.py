"""Brings sealed spool files into the object store, in order, from a thread of its own.

A file is deleted only when the store has its segment. A second shipment of the same file finds its key taken, which is
as good: keys are made once, so the object there is ours. Every minute it says in the store how far it is (`signs.py`).
"""

import logging
import random
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from warehouse.object_store import ObjectStore, ObjectStoreError, StoreUnavailable
from warehouse.rawlog.segment import compress
from warehouse.rawlog.signs import SIGN_SECONDS, give_sign, take_sign_away
from warehouse.rawlog.spool import Spool
from warehouse.rawlog.spool_file import SealedFile

_logger = logging.getLogger(__name__)

_FIRST_PAUSE_SECONDS = 0.1
_MOST_PAUSE_SECONDS = 5.0
_LISTEN_SECONDS = 0.5
_SIGN_AGAIN_SECONDS = 5.0
_SIGN_MARGIN_SECONDS = 30.0
"""A file that an earlier process left tells when its newest record was written, and not how long before its oldest."""


@dataclass(frozen=True, slots=True)
class ShipperStats:
    """What was shipped since the start, for metrics."""

    segments: int = 0
    """Segments that are in the object store by now, those found there included."""
    stored_bytes: int = 0
    """Bytes of these segments, compressed."""
    failures: int = 0
    """Tries that failed."""


class Shipper:
    """Ships what the spool seals until `stop`."""

    def __init__(self, spool: Spool, store: ObjectStore) -> None:
        self._spool = spool
        self._store = store
        self._stats = ShipperStats()
        self._stopping = threading.Event()
        self._deadline = 0.0
        self._sign_at = 0.0
        self._thread = threading.Thread(target=self._run, name="weir-shipper", daemon=True)
        self._thread.start()

    def stats(self) -> ShipperStats:
        """Returns what was shipped so far."""
        return self._stats

    def stop(self, drain_seconds: float) -> None:
        """Closes the spool, ships what it holds for at most that long, and lets go of the rest."""
        self._spool.close()
        self._deadline = time.monotonic() + drain_seconds
        self._stopping.set()
        self._thread.join(drain_seconds + 1)
        if not self._spool.stats().files:
            with suppress(ObjectStoreError):
                take_sign_away(self._store, self._spool.writer_id)
        self._spool.release()

    def _run(self) -> None:
        failures = 0
        while not (self._stopping.is_set() and time.monotonic() >= self._deadline):
            self._give_sign()
            sealed = self._spool.next_sealed(0 if self._stopping.is_set() else _LISTEN_SECONDS)
            if sealed is None:
                if self._stopping.is_set():
                    return
                continue
            if self._try(sealed):
                failures = 0
            else:
                failures += 1
                self._pause(failures)

    def _try(self, sealed: SealedFile) -> bool:
        """Ships one file; whatever happens, the thread lives on and the failure is counted."""
        try:
            self._ship(sealed)
        except StoreUnavailable as error:
            self._count_failure()
            _logger.warning("cannot ship %s, it waits on disk: %s", sealed.key, error)
        except Exception:
            self._count_failure()
            _logger.exception("cannot ship %s, others go first", sealed.path)
            self._spool.postpone(sealed)
        else:
            return True
        return False

    def _ship(self, sealed: SealedFile) -> None:
        try:
            ndjson = sealed.path.read_bytes()
        except FileNotFoundError:
            _logger.warning("%s is gone: another process has shipped it, or someone deleted it", sealed.path)
            self._spool.discard(sealed)
            return
        segment = compress(ndjson)
        self._store.put_if_absent(sealed.key, segment)
        self._spool.discard(sealed)
        self._stats = replace(
            self._stats,
            segments=self._stats.segments + 1,
            stored_bytes=self._stats.stored_bytes + len(segment),
        )

    def _give_sign(self) -> None:
        """Says every minute until when everything is shipped, and of whom nothing is left."""
        now = time.monotonic()
        if now < self._sign_at:
            return
        shipped_until = time.time() - self._spool.stats().oldest_seconds - _SIGN_MARGIN_SECONDS
        try:
            give_sign(self._store, self._spool.writer_id, datetime.fromtimestamp(shipped_until, UTC))
            while (gone := self._spool.next_emptied()) is not None:
                take_sign_away(self._store, gone)
        except ObjectStoreError as error:
            _logger.info("no sign of what is shipped could be given: %s", error)
            self._sign_at = now + _SIGN_AGAIN_SECONDS
        else:
            self._sign_at = now + SIGN_SECONDS

    def _count_failure(self) -> None:
        self._stats = replace(self._stats, failures=self._stats.failures + 1)

    def _pause(self, failures: int) -> None:
        """Waits longer after each failure, and never in step with other gateways."""
        longest = min(_MOST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** min(failures, 10))
        pause = longest * random.uniform(0.5, 1)  # noqa: S311
        if self._stopping.is_set():
            time.sleep(max(0.0, min(pause, self._deadline - time.monotonic())))
        else:
            self._stopping.wait(pause)
