"""Slows down who guesses passwords, by email and by address.

An attempt is counted before the password is looked at, so that guesses made at the same time count too; a right
password takes its attempt back.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control.database import upsert
from control.errors import TooManyAttempts
from control.tables import sign_in_attempts

WINDOW = timedelta(minutes=15)
PER_EMAIL = 10
PER_ADDRESS = 50
"""More than for an email: an office stands behind one address."""


def subjects(email: str, address: str) -> Mapping[str, int]:
    """Returns what is counted for one attempt, with the attempts allowed per window."""
    return {f"email {email[:320]}": PER_EMAIL, f"address {address[:64]}": PER_ADDRESS}


def reserve(engine: Engine, allowed: Mapping[str, int], now: datetime) -> None:
    """Counts an attempt; raises TooManyAttempts if one of the subjects had too many."""
    with engine.begin() as connection:
        connection.execute(sa.delete(sign_in_attempts).where(sign_in_attempts.c.window_started_at <= now - WINDOW))
        # Sorted, so that two attempts lock their rows in the same order.
        counted = [
            (connection.execute(_count(connection, subject, now)).one(), limit)
            for subject, limit in sorted(allowed.items())
        ]
    waits = [row.window_started_at + WINDOW - now for row, limit in counted if row.attempts > limit]
    if waits:
        raise TooManyAttempts(max(waits))


def forgive(engine: Engine, allowed: Mapping[str, int]) -> None:
    """Takes an attempt back: the password was right."""
    with engine.begin() as connection:
        connection.execute(
            sa.update(sign_in_attempts)
            .where(sign_in_attempts.c.subject.in_(allowed), sign_in_attempts.c.attempts > 0)
            .values(attempts=sign_in_attempts.c.attempts - 1)
        )


def _count(connection: sa.Connection, subject: str, now: datetime) -> sa.Executable:
    insert = upsert(connection, sign_in_attempts).values(subject=subject, attempts=1, window_started_at=now)
    return insert.on_conflict_do_update(
        index_elements=["subject"], set_={"attempts": sign_in_attempts.c.attempts + 1}
    ).returning(sign_in_attempts.c.attempts, sign_in_attempts.c.window_started_at)
