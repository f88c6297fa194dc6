"""Which of the parts behind the api work, each by its name."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from api.parts import Parts
from control import heartbeats
from control.database import is_ready
from control.heartbeats import Heartbeat
from warehouse.object_store import NotFound

log = logging.getLogger(__name__)

PartName = Literal["database", "warehouse", "object_store", "pipelines"]

LOADER = "loader"
"""The name under which the pipelines leave their sign of life."""

SILENT_AFTER = timedelta(seconds=90)
"""A loader that says nothing for so long is taken for down; it beats at every tick."""

_NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Problem:
    """A part that does not work, in words for whoever sees old data because of it."""

    part: PartName
    message: str
    hint: str


def problems_of_stores(parts: Parts) -> list[Problem]:
    """Tries each store; an empty list means that the api can do its work."""
    tried = (try_database(parts), try_warehouse(parts), try_object_store(parts))
    return [problem for problem in tried if problem is not None]


def problem_of_pipelines(beat: Heartbeat | None, now: datetime) -> Problem | None:
    """Tells if the loader fell silent. One that never spoke was never started: nothing is known of it."""
    if beat is None or now - beat.at < SILENT_AFTER:
        return None
    seconds = int((now - beat.at).total_seconds())
    return Problem("pipelines", f"nothing has been loaded for {seconds} seconds", "is Dagster up? `weir doctor` tells")


def loader_beat(parts: Parts) -> Heartbeat | None:
    return heartbeats.last(parts.database, LOADER)


def try_database(parts: Parts) -> Problem | None:
    try:
        if is_ready(parts.database):
            return None
    except Exception:
        log.exception("the application database does not answer")
        return Problem("database", "the application database does not answer", "check WEIR_DATABASE_URL")
    return Problem("database", "the application database lacks tables", "run `weir migrate`")


def try_warehouse(parts: Parts) -> Problem | None:
    try:
        # Of no organization, so it reads no row and yet goes all the way.
        parts.lookups.query(_NOBODY, "select count() as requests from requests")
    except Exception as error:  # noqa: BLE001 - whatever it is, the part does not work.
        return warehouse_problem(error)
    return None


def warehouse_problem(error: Exception) -> Problem:
    log.error("the warehouse does not answer", exc_info=error)
    return Problem("warehouse", "the warehouse does not answer queries", "check WEIR_WAREHOUSE_READER_URL")


def try_object_store(parts: Parts) -> Problem | None:
    try:
        parts.raw_log.info("raw/v1/ready")
    except NotFound:
        return None
    except Exception:
        log.exception("the object store does not answer")
        return Problem("object_store", "the object store does not answer", "check WEIR_OBJECT_STORE_URL")
    return None
