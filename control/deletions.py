"""Deletions: what an organization asked to have deleted, how far that is, and what must not come in any more.

A deletion covers what was recorded until it was asked for. It stays for good as a tombstone: records that were on a
gateway's disk by then are recognised whenever they arrive. A user's id is kept until everything is deleted, and from
then on as a digest, which recognises it and does not tell it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal, get_args
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control.clock import utc
from control.errors import InvalidValue
from control.tables import deletions

State = Literal["waiting", "deleting", "settling", "done"]
"""Waiting to begin; deleting what is found; waiting for copies to vanish and for spools to ship, then looking again."""
STATES: tuple[State, ...] = get_args(State)

MOST_REQUEST_IDS = 10_000
_LONGEST_USER_ID = 2000


@dataclass(frozen=True)
class Subject:
    """What is to be deleted: some requests, everything of a user, or, with neither, of the whole organization."""

    request_ids: tuple[UUID, ...] = ()
    user_id: str | None = None
    user_sha256: str | None = None
    """The digest of the user's id within the organization; stays when the id itself is forgotten."""

    @property
    def is_organization(self) -> bool:
        return not self.request_ids and self.user_sha256 is None


@dataclass(frozen=True)
class Deletion:
    """One deletion."""

    id: UUID
    organization_id: UUID
    subject: Subject
    state: State
    requested_at: datetime
    requested_by: str
    days_left: tuple[date, ...] | None = None
    """Days that are still to be looked through; None while nobody knows which."""
    days_touched: tuple[date, ...] = ()
    """Days that something was deleted from."""
    counts: Mapping[str, int] | None = None
    """What was deleted, by store."""
    removed_in_pass: int = 0
    """Records that the present look through everything has found; a look that finds none is the last one."""
    swept_at: datetime | None = None
    """When the latest look through everything ended."""
    next_at: datetime | None = None
    """When to go on."""
    problem: str | None = None
    """What it waits for, or why the last try failed."""
    finished_at: datetime | None = None


def digest_of(organization_id: UUID, user_id: str) -> str:
    """Returns what a user's id is recognised by."""
    return hashlib.sha256(f"{organization_id} {user_id}".encode("utf-8", "surrogatepass")).hexdigest()


def ask(engine: Engine, organization_id: UUID, subject: Subject, *, by: str, now: datetime | None = None) -> Deletion:
    """Asks for a deletion; what it names is not loaded any more from now on. Raises InvalidValue."""
    if len(subject.request_ids) > MOST_REQUEST_IDS:
        raise InvalidValue(f"a deletion names at most {MOST_REQUEST_IDS} requests; ask for several deletions")
    if subject.user_id is not None:
        if not 1 <= len(subject.user_id) <= _LONGEST_USER_ID:
            raise InvalidValue(f"`user_id` has 1 to {_LONGEST_USER_ID} characters")
        subject = replace(subject, user_sha256=digest_of(organization_id, subject.user_id))
    made = Deletion(uuid4(), organization_id, subject, "waiting", utc(now), by, counts={})
    with engine.begin() as connection:
        connection.execute(sa.insert(deletions).values(_row(made)))
    return made


def find(engine: Engine, organization_id: UUID, deletion_id: UUID) -> Deletion | None:
    """Returns a deletion of the organization; None if it has no such."""
    found = _read(engine, (deletions.c.id == deletion_id) & (deletions.c.organization_id == organization_id))
    return found[0] if found else None


def in_organization(engine: Engine, organization_id: UUID, limit: int = 200) -> list[Deletion]:
    """Returns the organization's deletions, the newest first."""
    return _read(engine, deletions.c.organization_id == organization_id, newest_first=True, limit=limit)


def due(engine: Engine, *, now: datetime | None = None) -> list[Deletion]:
    """Returns the deletions that are not done and have something to do now, the oldest first."""
    is_due = deletions.c.next_at.is_(None) | (deletions.c.next_at <= utc(now))
    return _read(engine, (deletions.c.state != "done") & is_due)


def asked_since(engine: Engine, moment: datetime) -> list[Deletion]:
    """Returns every deletion asked for at that moment or later, done or not: what they name must not be loaded."""
    return _read(engine, deletions.c.requested_at >= moment)


def save(engine: Engine, deletion: Deletion, found: Mapping[str, int] | None = None) -> Deletion:
    """Writes down how far a deletion is, adds what was found to what others counted, and returns it so."""
    how_far = {name: value for name, value in _row(deletion).items() if name != "counts"}
    return replace(deletion, counts=_count(engine, deletion.id, how_far, found or {}))


def count(engine: Engine, deletion_id: UUID, found: Mapping[str, int]) -> None:
    """Adds to a deletion's counts, whoever works on it."""
    _count(engine, deletion_id, {"id": deletion_id}, found)


def _count(engine: Engine, deletion_id: UUID, change: Mapping[str, Any], found: Mapping[str, int]) -> dict[str, int]:
    """Changes the row first, which locks it, so that nothing is counted in between."""
    change_row = sa.update(deletions).where(deletions.c.id == deletion_id)
    with engine.begin() as connection:
        connection.execute(change_row.values(**change))
        query = sa.select(deletions.c.counts).where(deletions.c.id == deletion_id)
        known: dict[str, int] = connection.execute(query).scalar_one()
        counts = known | {name: known.get(name, 0) + number for name, number in found.items() if number}
        connection.execute(change_row.values(counts=counts))
    return counts


def _row(deletion: Deletion) -> dict[str, Any]:
    left = deletion.days_left
    return {
        "id": deletion.id,
        "organization_id": deletion.organization_id,
        "request_ids": [str(each) for each in deletion.subject.request_ids],
        "user_id": deletion.subject.user_id,
        "user_sha256": deletion.subject.user_sha256,
        "state": deletion.state,
        "requested_at": deletion.requested_at,
        "requested_by": deletion.requested_by,
        "days_left": None if left is None else _texts(left),
        "days_touched": _texts(deletion.days_touched),
        "counts": dict(deletion.counts or {}),
        "removed_in_pass": deletion.removed_in_pass,
        "swept_at": deletion.swept_at,
        "next_at": deletion.next_at,
        "problem": deletion.problem,
        "finished_at": deletion.finished_at,
    }


def _read(
    engine: Engine, condition: sa.ColumnElement[bool], *, newest_first: bool = False, limit: int | None = None
) -> list[Deletion]:
    order = deletions.c.requested_at.desc() if newest_first else deletions.c.requested_at
    with engine.connect() as connection:
        rows = connection.execute(sa.select(deletions).where(condition).order_by(order, deletions.c.id).limit(limit))
        return [_deletion(row) for row in rows]


def _deletion(row: sa.Row[Any]) -> Deletion:
    return Deletion(
        id=row.id,
        organization_id=row.organization_id,
        subject=Subject(tuple(map(UUID, row.request_ids)), row.user_id, row.user_sha256),
        state=row.state,
        requested_at=row.requested_at,
        requested_by=row.requested_by,
        days_left=None if row.days_left is None else _days(row.days_left),
        days_touched=_days(row.days_touched),
        counts=row.counts,
        removed_in_pass=row.removed_in_pass,
        swept_at=row.swept_at,
        next_at=row.next_at,
        problem=row.problem,
        finished_at=row.finished_at,
    )


def _texts(days: Sequence[date]) -> list[str]:
    return [day.isoformat() for day in days]


def _days(texts: Sequence[str]) -> tuple[date, ...]:
    return tuple(map(date.fromisoformat, texts))
