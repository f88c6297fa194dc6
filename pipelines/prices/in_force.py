"""The prices that rows are priced by: the newest list that was taken on, and what organizations have agreed on."""

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Engine

from control import epochs, price_overrides
from pipelines.prices import snapshots
from providers.price_list import PriceList, UnreadableList
from providers.price_overrides import agreed
from providers.pricing import INSTALLED, PriceBook
from warehouse.object_store import ObjectStore

_logger = logging.getLogger(__name__)

LOOKED_AGAIN_AFTER = timedelta(seconds=30)


@dataclass
class PricesInForce:
    """Remembers the book of prices, and looks every half minute whether it is another one."""

    store: ObjectStore
    engine: Engine
    _book: PriceBook = field(default=INSTALLED, init=False)
    _looked_at: datetime = field(default=datetime.min.replace(tzinfo=UTC), init=False)
    _snapshot: str | None = field(default=None, init=False)
    _epoch: int = field(default=0, init=False)

    def __call__(self) -> PriceBook:
        """Returns the book; raises StoreUnavailable."""
        now = datetime.now(UTC)
        if now - self._looked_at >= LOOKED_AGAIN_AFTER:
            self._look()
            self._looked_at = now
        return self._book

    def _look(self) -> None:
        key = snapshots.newest_key(self.store)
        if key != self._snapshot:
            self._book = PriceBook(self._read(key), self._book.agreed)
            self._snapshot = key
        if epochs.current(self.engine, price_overrides.EPOCH) != self._epoch:
            self._epoch, everyones = price_overrides.everyones(self.engine)
            own = {str(owner): agreed(row.as_row() for row in rows) for owner, rows in everyones.items()}
            self._book = PriceBook(self._book.prices, own)

    def _read(self, key: str | None) -> PriceList | None:
        try:
            return None if key is None else snapshots.read(self.store, key).prices()
        except UnreadableList:
            # Calls priced by the installed list are better than calls that are not loaded.
            _logger.exception("the price list %s cannot be read: the installed one holds", key)
            return None
