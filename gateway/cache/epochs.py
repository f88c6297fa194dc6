"""Which epoch each organization's cache is in, as `caller/refreshing.py` has it read again: a purge begins the next."""

import asyncio
import logging
from uuid import UUID

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from control import epochs

_logger = logging.getLogger(__name__)


class CacheEpochs:
    """The epochs as the application database last told them; what was never purged is in epoch 0."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._epochs: dict[str, int] | None = None

    def of(self, organization_id: UUID) -> int | None:
        """Returns the epoch; None while nobody could tell yet, and what was purged must not be served."""
        return None if self._epochs is None else self._epochs.get(epochs.cache_of(organization_id), 0)

    async def refresh(self) -> None:
        """Reads all epochs; what is known is kept if that fails, as nothing can be purged then either."""
        try:
            self._epochs = await asyncio.to_thread(epochs.all_of, self._engine, epochs.CACHE)
        except SQLAlchemyError as error:
            _logger.warning("the response cache's epochs cannot be read: %s", type(error).__name__)
