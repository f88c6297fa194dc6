"""Several workers without a Redis count each for itself, so that limits are not what they say."""

import logging

from sqlalchemy.exc import SQLAlchemyError

from control import api_keys
from control.database import open_database

_logger = logging.getLogger(__name__)


def refuse_limits_that_workers_cannot_hold(database_url: str, workers: int) -> None:
    """Ends the process, before it takes calls, if keys have limits; called where no Redis is set.

    What callers will ask for in headers nobody can know yet; of that it warns.
    """
    database = open_database(database_url)
    try:
        is_limited = api_keys.any_limited(database)
    except SQLAlchemyError as error:
        _logger.warning("whether keys have limits cannot be read: %s", type(error).__name__)
        is_limited = False
    finally:
        database.dispose()
    if is_limited:
        raise SystemExit(
            f"API keys have limits, which {workers} workers cannot hold when each counts for itself; "
            "set WEIR_REDIS_URL, or WEIR_GATEWAY_WORKERS=1"
        )
    _logger.warning("without WEIR_REDIS_URL each of the %d workers counts rate limits by itself", workers)
