"""People: their accounts, passwords and memberships.

How they sign in is in `control/sign_in.py`.
"""

import functools
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, get_args
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control.clock import utc
from control.database import upsert
from control.errors import AlreadyExists, InvalidValue
from control.organizations import Organization
from control.tables import memberships, organizations, users

if TYPE_CHECKING:
    from argon2 import PasswordHasher

Role = Literal["owner", "admin", "member", "viewer"]
ROLES: tuple[Role, ...] = get_args(Role)
MANAGERS: frozenset[Role] = frozenset({"owner", "admin"})
"""Roles that may make and revoke keys."""

PASSWORD_LENGTH = range(10, 1025)


@dataclass(frozen=True)
class User:
    id: UUID
    email: str
    name: str | None
    created_at: datetime


@dataclass(frozen=True)
class Membership:
    """What one person may do in one organization."""

    organization: Organization
    role: Role


def create(
    engine: Engine,
    email: str,
    *,
    password: str | None = None,
    name: str | None = None,
    now: datetime | None = None,
) -> User:
    """Makes a user; without a password they sign in with links only."""
    user = User(uuid4(), _checked_email(email), name, utc(now))
    password_hash = None if password is None else _hash(password)
    row = {"id": user.id, "email": user.email, "name": name, "password_hash": password_hash}
    try:
        with engine.begin() as connection:
            connection.execute(sa.insert(users).values(row | {"created_at": user.created_at}))
    except sa.exc.IntegrityError as error:
        raise AlreadyExists(f"a user with the email {user.email} exists") from error
    return user


def get(engine: Engine, user_id: UUID) -> User | None:
    return _one(engine, users.c.id == user_id)


def find_by_email(engine: Engine, email: str) -> User | None:
    return _one(engine, users.c.email == normal_email(email))


def set_password(engine: Engine, user_id: UUID, password: str) -> None:
    with engine.begin() as connection:
        connection.execute(sa.update(users).where(users.c.id == user_id).values(password_hash=_hash(password)))


def password_fits(engine: Engine, email: str, password: str) -> User | None:
    """Returns the user if the password is theirs. An unknown email costs as much time as a wrong password."""
    from argon2.exceptions import InvalidHashError, VerificationError

    with engine.connect() as connection:
        row = connection.execute(sa.select(users).where(users.c.email == normal_email(email))).one_or_none()
    stored = row.password_hash if row is not None else None
    try:
        _hasher().verify(stored or _hash_of_nobody(), password)
    except (VerificationError, InvalidHashError):
        return None
    return user_of(row) if row is not None and stored else None


def join(engine: Engine, organization_id: UUID, user_id: UUID, role: Role, *, now: datetime | None = None) -> None:
    """Makes the user a member of the organization, or changes the role they have there."""
    if role not in ROLES:
        raise InvalidValue(f"role {role}: choose one of {', '.join(ROLES)}")
    row = {"organization_id": organization_id, "user_id": user_id, "role": role, "created_at": utc(now)}
    with engine.begin() as connection:
        insert = upsert(connection, memberships).values(row)
        connection.execute(
            insert.on_conflict_do_update(index_elements=["organization_id", "user_id"], set_={"role": role})
        )


def memberships_of(engine: Engine, user_id: UUID) -> list[Membership]:
    """Returns the organizations the user belongs to, by name."""
    query = (
        sa.select(organizations, memberships.c.role)
        .join(memberships, memberships.c.organization_id == organizations.c.id)
        .where(memberships.c.user_id == user_id)
        .order_by(organizations.c.name)
    )
    with engine.connect() as connection:
        return [
            Membership(Organization(row.id, row.name, row.created_at), row.role) for row in connection.execute(query)
        ]


def normal_email(email: str) -> str:
    return email.strip().lower()


def user_of(row: "sa.Row[tuple[object, ...]]") -> User:
    """Returns the user that a row of the table `users` is."""
    return User(row.id, row.email, row.name, row.created_at)


def _one(engine: Engine, condition: sa.ColumnElement[bool]) -> User | None:
    with engine.connect() as connection:
        row = connection.execute(sa.select(users).where(condition)).one_or_none()
    return None if row is None else user_of(row)


def _checked_email(email: str) -> str:
    normal = normal_email(email)
    name, at, host = normal.rpartition("@")
    if not (name and at and host) or len(normal) > 320 or any(c.isspace() for c in normal):
        raise InvalidValue(f"`{email}` is no email address; give one such as ada@example.com")
    return normal


def _hash(password: str) -> str:
    if len(password) not in PASSWORD_LENGTH:
        raise InvalidValue(f"a password has {PASSWORD_LENGTH[0]} to {PASSWORD_LENGTH[-1]} characters")
    return _hasher().hash(password)


@functools.cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()


@functools.cache
def _hash_of_nobody() -> str:
    return _hasher().hash("the password of nobody")
