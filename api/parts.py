"""What the routes work with, built once by `api/main.py` and handed to them by FastAPI."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, Request
from sqlalchemy.engine import Engine

from api.jobs import Jobs
from api.known_keys import KnownKeys
from api.metrics import Metrics
from api.spooled import Spooled
from control.sealing import SecretBox
from hql.serving.service import HqlService
from providers.catalog import Catalog
from warehouse.object_store import ObjectStore


@dataclass(frozen=True)
class Parts:
    """The stores and services behind the api, and its clock."""

    database: Engine
    known_keys: KnownKeys
    hql: HqlService
    """Answers people's queries."""
    lookups: HqlService
    """Answers our own small questions behind the same two walls, and keeps no answer."""
    raw_log: ObjectStore
    metrics: Metrics
    now: Callable[[], datetime]
    query_slots: CapacityLimiter
    jobs: Jobs
    """Runs queries that nobody waits for."""
    catalog: Catalog
    """The providers that keys can be stored for."""
    spooled: Spooled
    """The way into the raw log for what people say of requests."""
    secret_box: SecretBox | None
    """Seals provider keys; None where the operator has set no secret key."""


# What waits for nothing is a coroutine throughout: FastAPI changes threads for each dependency that is a function.
async def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


FromApp = Annotated[Parts, Depends(_parts)]
