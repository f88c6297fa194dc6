"""How people sign in: with a password or a one-time token, and what they hold afterwards.

Tokens and sessions are random; we keep their SHA-256. A token is taken out of the database by the statement that reads
it, so it works once. Throttling is in `control/throttle.py`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control import throttle
from control import users as people
from control.clock import utc
from control.errors import WrongCredentials
from control.secrets import new_secret, sha256_hex
from control.tables import sign_in_tokens, user_sessions, users
from control.users import User

TOKEN_LIFETIME = timedelta(minutes=10)
SESSION_LIFETIME = timedelta(days=14)


@dataclass(frozen=True)
class Session:
    """A signed-in person."""

    user: User
    expires_at: datetime


def with_password(
    engine: Engine, email: str, password: str, address: str, *, now: datetime | None = None
) -> tuple[Session, str]:
    """Signs in and returns the session with its secret.

    Raises WrongCredentials, and TooManyAttempts before the password is looked at.
    """
    moment = utc(now)
    subjects = throttle.subjects(people.normal_email(email), address)
    throttle.reserve(engine, subjects, moment)
    user = people.password_fits(engine, email, password)
    if user is None:
        raise WrongCredentials("email and password do not fit; check both, or ask for a sign-in link")
    throttle.forgive(engine, subjects)
    return start_session(engine, user, now=moment)


def make_token(
    engine: Engine, user_id: UUID, *, lifetime: timedelta = TOKEN_LIFETIME, now: datetime | None = None
) -> str:
    """Makes a token that signs the user in once."""
    moment = utc(now)
    token = new_secret()
    row = {"token_sha256": sha256_hex(token), "user_id": user_id, "expires_at": moment + lifetime}
    with engine.begin() as connection:
        connection.execute(sa.delete(sign_in_tokens).where(sign_in_tokens.c.expires_at <= moment))
        connection.execute(sa.insert(sign_in_tokens).values(row))
    return token


def redeem(engine: Engine, token: str, *, now: datetime | None = None) -> tuple[Session, str]:
    """Signs in with a one-time token; raises WrongCredentials if it is unknown, used or expired."""
    moment = utc(now)
    take = (
        sa.delete(sign_in_tokens)
        .where(sign_in_tokens.c.token_sha256 == sha256_hex(token))
        .returning(sign_in_tokens.c.user_id, sign_in_tokens.c.expires_at)
    )
    with engine.begin() as connection:
        taken = connection.execute(take).one_or_none()
    user = people.get(engine, taken.user_id) if taken is not None and moment < taken.expires_at else None
    if user is None:
        raise WrongCredentials("this sign-in link was used or has expired; ask for a new one")
    return start_session(engine, user, now=moment)


def start_session(
    engine: Engine, user: User, *, lifetime: timedelta = SESSION_LIFETIME, now: datetime | None = None
) -> tuple[Session, str]:
    """Makes a session for somebody who has proven who they are."""
    moment = utc(now)
    secret = new_secret()
    row = {"token_sha256": sha256_hex(secret), "user_id": user.id, "created_at": moment}
    with engine.begin() as connection:
        connection.execute(sa.delete(user_sessions).where(user_sessions.c.expires_at <= moment))
        connection.execute(sa.insert(user_sessions).values(row | {"expires_at": moment + lifetime}))
    return Session(user, moment + lifetime), secret


def find_session(engine: Engine, secret: str, *, now: datetime | None = None) -> Session | None:
    """Returns the session of that secret, or None if it is unknown, ended or expired."""
    query = (
        sa.select(users, user_sessions.c.expires_at)
        .join(user_sessions, user_sessions.c.user_id == users.c.id)
        .where(user_sessions.c.token_sha256 == sha256_hex(secret), user_sessions.c.expires_at > utc(now))
    )
    with engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else Session(people.user_of(row), row.expires_at)


def sign_out(engine: Engine, secret: str) -> bool:
    """Ends a session; False if there was none."""
    ended = sa.delete(user_sessions).where(user_sessions.c.token_sha256 == sha256_hex(secret))
    with engine.begin() as connection:
        return connection.execute(ended).rowcount > 0
