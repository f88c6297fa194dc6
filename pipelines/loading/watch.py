"""Looks for new segments and loads them, for as long as one tick of the sensor lasts, and until the next one begins.

Dagster looks for ticks to begin every five seconds, which is longer than anybody wants to wait for a row. So a thread
goes on behind a tick, and what it did is in the next one's report; it ends by itself where no tick comes, as when
somebody has turned the sensor off. What was found, loaded and derived is remembered from one to the next. Whatever is
not reachable is tried again until the tick ends; nothing is lost by that, because nothing here is the record of what
was loaded.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from control.heartbeats import beat
from pipelines.loading.day_lease import DayTaken, LeaseLost
from pipelines.loading.discovery import Discovery
from pipelines.loading.loader import Loaded, Loader
from warehouse.clickhouse import WarehouseError
from warehouse.object_store import StoreUnavailable
from warehouse.rawlog.keys import day_of

HEARTBEAT = "loader"
"""The name under which it says in the application database that it lives, and how much it has to load."""

OUTAGES = (StoreUnavailable, WarehouseError, SQLAlchemyError)
"""What is tried again, because it passes without anybody's doing."""
_PAUSE_AFTER_OUTAGE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 2.0
_REST = 9
"""How often as long as looking for segments, or deriving a day, it is not done again: both grow with the day."""
_HEARTBEAT_EVERY = timedelta(seconds=5)
BRIDGE_SECONDS = 15.0
"""How long loading goes on behind a tick at most, so that a daemon that is slow or starts anew leaves no gap."""
_LOOK_FOR_STALE_DAYS_EVERY = timedelta(minutes=5)

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

_logger = logging.getLogger(__name__)


@dataclass
class TickReport:
    """What one tick did."""

    loaded: list[Loaded] = field(default_factory=list)
    derived: set[date] = field(default_factory=set)
    pending: int = 0
    """Segments found and not loaded when the tick ended."""
    outage: str | None = None
    """What could not be reached when the tick ended."""

    def of_day(self, day: date) -> list[Loaded]:
        return [each for each in self.loaded if each.day == day]

    @property
    def days(self) -> list[date]:
        return sorted({each.day for each in self.loaded})


class Watch:
    """The warm loader of one process."""

    def __init__(
        self,
        loader: Loader,
        discovery: Discovery,
        *,
        poll_seconds: float = 0.3,
        derive_seconds: float = 10.0,
        bridge_seconds: float = BRIDGE_SECONDS,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.loader = loader
        self.discovery = discovery
        self._poll_seconds = poll_seconds
        self._derive_every = timedelta(seconds=derive_seconds)
        self._bridge_seconds = bridge_seconds
        self._clock = clock
        self._bridge: threading.Thread | None = None
        self._bridged = TickReport()
        """What was done since the last tick."""
        self._next_tick = threading.Event()
        self._busy = threading.Lock()
        self._stopping = threading.Event()
        self._stale: set[date] = set()
        self._derive_at: dict[date, datetime] = {}
        self._looking_seconds = 0.0
        self._looked_for_stale_at: datetime | None = None
        self._beat_at: datetime | None = None

    def tick(self, seconds: float) -> TickReport | None:
        """Loads what comes for that long; None at once if an earlier tick of this process still works."""
        if not self._busy.acquire(blocking=False):
            return None
        try:
            self._end_bridge()
            report, self._bridged = self._bridged, TickReport()
            self._work(report, time.monotonic() + seconds, self._stopping)
            self._begin_bridge()
            return report
        finally:
            self._busy.release()

    def stop(self) -> None:
        """Ends the work under way, after the segment that is being loaded; later ticks end at once."""
        self._stopping.set()
        self._next_tick.set()

    def _begin_bridge(self) -> None:
        if self._bridge_seconds and not self._stopping.is_set():
            self._next_tick.clear()
            self._bridge = threading.Thread(target=self._go_on, name="between ticks", daemon=True)
            self._bridge.start()

    def _end_bridge(self) -> None:
        if self._bridge is not None:
            self._next_tick.set()
            self._bridge.join()
            self._bridge = None

    def _go_on(self) -> None:
        try:
            self._work(self._bridged, time.monotonic() + self._bridge_seconds, self._next_tick)
        except Exception:
            # The next tick meets it too, and Dagster shows it there.
            _logger.exception("loading between two ticks failed")

    def _work(self, report: TickReport, deadline: float, interrupted: threading.Event) -> None:
        def is_over() -> bool:
            return time.monotonic() >= deadline or interrupted.is_set() or self._stopping.is_set()

        while True:
            try:
                report.outage = None
                is_busy = self._round(report, is_over)
                rest = min(_REST * self._looking_seconds, _LONGEST_PAUSE_SECONDS)
                pause = 0.0 if is_busy else max(self._poll_seconds, rest)
            except OUTAGES as error:
                _logger.warning("loading waits: %s", error)
                report.outage = str(error)
                self._looked_for_stale_at = None
                self.discovery.look_again()
                pause = _PAUSE_AFTER_OUTAGE_SECONDS
            report.pending = len(self.discovery.pending)
            if time.monotonic() + pause >= deadline or interrupted.wait(pause) or is_over():
                return

    def _round(self, report: TickReport, is_over: Callable[[], bool]) -> bool:
        """Looks once and does what is due; tells whether there was anything to do."""
        now = self._clock()
        if self._beat_at is None or now - self._beat_at >= _HEARTBEAT_EVERY:
            beat(self.loader.engine, HEARTBEAT, {"pending_segments": len(self.discovery.pending)})
            self._beat_at = now
        began = time.monotonic()
        keys = self.discovery.poll(now)
        self._looking_seconds = time.monotonic() - began
        before = len(report.loaded)
        for day in sorted({day_of(key) for key in keys}, reverse=True):
            self._load(day, sorted(key for key in keys if day_of(key) == day), report, is_over)
        has_derived = self._derive_one(now, report)
        return has_derived or len(report.loaded) > before

    def _load(self, day: date, keys: list[str], report: TickReport, is_over: Callable[[], bool]) -> None:
        try:
            for loaded in self.loader.load(day, keys, enough=is_over):
                self.discovery.loaded([loaded.segment])
                if loaded.row_count or loaded.edited_count:
                    self._stale.add(day)
                report.loaded.append(loaded)
            if is_over():
                return
        except (DayTaken, LeaseLost) as error:
            _logger.info("%s; its %d segments wait", error, len(keys))
            return
        self.discovery.loaded(keys)

    def _derive_one(self, now: datetime, report: TickReport) -> bool:
        """Derives the latest stale day that is due; one a round, so that new segments never wait for many."""
        if self._looked_for_stale_at is None or now - self._looked_for_stale_at >= _LOOK_FOR_STALE_DAYS_EVERY:
            self._stale |= set(self.loader.days.stale_days())
            self._looked_for_stale_at = now
        due = [day for day in self._stale if now >= self._derive_at.get(day, _LONG_AGO)]
        if not due:
            return False
        day = max(due)
        self._derive_at[day] = now + self._derive_every
        began = time.monotonic()
        try:
            self.loader.derive(day)
        except (DayTaken, LeaseLost) as error:
            _logger.info("%s; it is derived later", error)
            return False
        took = timedelta(seconds=time.monotonic() - began)
        self._derive_at[day] = now + max(self._derive_every, _REST * took)
        self._stale.discard(day)
        report.derived.add(day)
        return True
