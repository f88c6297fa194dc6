"""What API keys with long limits have used up, hour by hour, as the pipelines counted it from the rows of `requests`.

A gateway counts its own calls at once and learns here of everybody else's, and of what happened before it started. The
hours are told apart by the writer whose records they were counted from, so that a gateway can leave its own out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control import epochs
from control.database import upsert
from control.key_limits import LONGEST_WINDOW_SECONDS
from control.tables import api_keys, key_spend

EPOCH = "key_spend"
"""The epoch that grows with every change of the table."""

LONG_WINDOW_SECONDS = 3600
"""Limits of longer windows are settled here; shorter ones the gateways count alone."""

_KEPT = timedelta(seconds=LONGEST_WINDOW_SECONDS, hours=2)
_SUMS = ("request_count", "token_count", "cost_microusd")


@dataclass(frozen=True)
class Spend:
    """What one key used in one hour, by the records of one writer."""

    api_key_id: UUID
    hour: datetime
    """Its start, UTC."""
    writer: str
    request_count: int
    token_count: int
    """Prompt and completion tokens of calls that a provider answered."""
    cost_microusd: int
    """Millionths of a dollar; calls without a known price count nothing."""


def keys_to_settle(engine: Engine) -> list[UUID]:
    """Returns the keys that have a limit of a long window."""
    query = sa.select(api_keys.c.id, api_keys.c.limits).where(api_keys.c.revoked_at.is_(None))
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    return [row.id for row in rows if any(each["window_seconds"] > LONG_WINDOW_SECONDS for each in row.limits)]


def settle(engine: Engine, found: Sequence[Spend], *, now: datetime) -> int:
    """Writes what was counted anew, in place of what was there; returns how many sums changed.

    An hour that is counted no longer, because its rows were deleted, was spent all the same and stays.
    """
    with engine.begin() as connection:
        known = _known(connection, found)
        changed = [each for each in found if known.get(_key(each)) != astuple(each)[3:]]
        if not changed:
            return 0
        version = epochs.bump_within(connection, EPOCH)
        for each in changed:
            sums = {name: getattr(each, name) for name in _SUMS} | {"version": version}
            row = {"api_key_id": each.api_key_id, "hour": each.hour, "writer": each.writer} | sums
            connection.execute(
                upsert(connection, key_spend)
                .values(row)
                .on_conflict_do_update(index_elements=["api_key_id", "hour", "writer"], set_=sums)
            )
        connection.execute(sa.delete(key_spend).where(key_spend.c.hour < now - _KEPT))
    return len(changed)


def changes_since(engine: Engine, version: int) -> tuple[int, list[Spend]]:
    """Returns the present version, and what changed after the given one; 0 is before everything."""
    with engine.connect() as connection:
        current = epochs.current_within(connection, EPOCH)
        if current == version:
            return current, []
        # A database that was put back to an older state is read anew.
        after = version if version < current else 0
        rows = connection.execute(sa.select(key_spend).where(key_spend.c.version > after)).all()
    return current, [
        Spend(row.api_key_id, row.hour, row.writer, *(getattr(row, name) for name in _SUMS)) for row in rows
    ]


def _key(spend: Spend) -> tuple[UUID, datetime, str]:
    return spend.api_key_id, spend.hour, spend.writer


def _known(connection: sa.Connection, found: Iterable[Spend]) -> dict[tuple[UUID, datetime, str], tuple[int, int, int]]:
    hours, keys = {each.hour for each in found}, {each.api_key_id for each in found}
    query = sa.select(key_spend).where(key_spend.c.hour.in_(hours), key_spend.c.api_key_id.in_(keys))
    return {
        (row.api_key_id, row.hour, row.writer): (row.request_count, row.token_count, row.cost_microusd)
        for row in connection.execute(query)
    }
