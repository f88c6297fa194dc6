"""Keeps what the gateway holds of the application database fresh."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

REFRESH_SECONDS = 2.0

_logger = logging.getLogger(__name__)


async def keep_fresh(*refreshes: Callable[[], Awaitable[None]]) -> None:
    """Refreshes everything again and again, until cancelled."""
    while True:
        await asyncio.sleep(REFRESH_SECONDS)
        for refresh in refreshes:
            try:
                await refresh()
            except Exception:
                # Without this loop revoked keys would go on working.
                _logger.exception("keys could not be read")
