"""Who calls, for which organization, and what they may do.

A caller shows an API key or the token of a session after `Authorization: Bearer`. A key belongs to one organization; a
session may belong to several and names one with `Weir-Organization`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.errors import BadRequest, Forbidden, Unauthenticated
from api.parts import FromApp, Parts
from control import sign_in, users
from control.api_keys import ApiKey, Scope
from control.secrets import holds_key, looks_like_key
from control.users import MANAGERS, Membership, Role, User

ORGANIZATION_HEADER = "Weir-Organization"

_bearer = HTTPBearer(auto_error=False, description="An API key, or a session's token.")


@dataclass(frozen=True)
class Identity:
    """Whoever shows a credential that works: a key, or a person with their memberships."""

    memberships: tuple[Membership, ...]
    user: User | None = None
    key: ApiKey | None = None


@dataclass(frozen=True)
class Caller:
    """An identity that acts for one organization."""

    organization_id: UUID
    scopes: frozenset[Scope]
    identity: Identity

    @property
    def name(self) -> str:
        """Who it is, for the notes of who changed what."""
        user, key = self.identity.user, self.identity.key
        return user.email if user else f"key {key.name if key else 'of nobody'}"

    @property
    def subject(self) -> str:
        """Whose things these are, where each person and each key has things of its own."""
        user, key = self.identity.user, self.identity.key
        return f"user {user.id}" if user else f"key {key.id if key else 'of nobody'}"


def _identity(
    parts: FromApp, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> Identity:
    if credentials is None:
        raise _unauthenticated(
            "no_credential", "this needs a credential", "send `Authorization: Bearer <API key or session token>`"
        )
    secret = credentials.credentials
    is_key = holds_key(secret) or looks_like_key(secret)
    return _key_identity(parts, secret) if is_key else _session_identity(parts, secret)


AnyIdentity = Annotated[Identity, Depends(_identity)]


async def session_token(
    identity: AnyIdentity, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> str:
    """The token of the session that calls; keys have none."""
    if identity.user is None or credentials is None:
        raise BadRequest("not_a_session", "an API key cannot sign out", hint="DELETE /v1/api-keys/{id} revokes a key")
    return credentials.credentials


async def _caller(
    identity: AnyIdentity,
    organization: Annotated[
        str | None, Header(alias=ORGANIZATION_HEADER, description="The organization a session acts for.")
    ] = None,
) -> Caller:
    membership = _membership(identity, organization)
    scopes = identity.key.scopes if identity.key else _scopes_of(membership.role)
    return Caller(membership.organization.id, scopes, identity)


def _with_scope(*accepted: Scope) -> Callable[..., Awaitable[Caller]]:
    """Returns a dependency that lets callers with one of the scopes through."""

    async def checked(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
        if caller.scopes.isdisjoint(accepted):
            raise _forbidden(caller, accepted)
        return caller

    return checked


async def _who_may_tell(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
    """A key that only reads changes nothing; one of an application wrote the requests and may say more of them."""
    accepted: tuple[Scope, ...] = ("gateway", "manage")
    if caller.identity.user is None and caller.scopes.isdisjoint(accepted):
        raise _forbidden(caller, accepted)
    return caller


Reader = Annotated[Caller, Depends(_with_scope("query"))]
"""A caller who may see the organization's requests."""

Manager = Annotated[Caller, Depends(_with_scope("manage"))]
"""A caller who may make and revoke keys."""

Teller = Annotated[Caller, Depends(_who_may_tell)]
"""A caller who may add to what is known of requests: the application that made them, or any member."""

Member = Annotated[Caller, Depends(_with_scope("query", "manage"))]
"""A caller who may know the organization's keys by name."""


def client_address(request: Request) -> str:
    """Where the call comes from; uvicorn has put the address in that a trusted proxy forwarded."""
    return request.client.host if request.client else "unknown"


def _key_identity(parts: Parts, secret: str) -> Identity:
    found = parts.known_keys.find(secret, parts.now())
    if found is None:
        raise _unauthenticated(
            "unknown_key",
            "this API key is unknown, revoked or expired",
            "GET /v1/api-keys lists your organization's keys; make a new one there or with `weir create-key`",
        )
    key, organization = found
    return Identity((Membership(organization, "viewer"),), key=key)


def _session_identity(parts: Parts, secret: str) -> Identity:
    session = sign_in.find_session(parts.database, secret, now=parts.now())
    if session is None:
        raise _unauthenticated("signed_out", "this session is unknown or has ended", "sign in again")
    return Identity(tuple(users.memberships_of(parts.database, session.user.id)), user=session.user)


def _membership(identity: Identity, named: str | None) -> Membership:
    if named is None and len(identity.memberships) == 1:
        return identity.memberships[0]
    mine = ", ".join(f"{each.organization.id} ({each.organization.name})" for each in identity.memberships)
    if named is None and mine:
        raise BadRequest(
            "organization_needed",
            f"you belong to several organizations: {mine}",
            hint=f"name one in {ORGANIZATION_HEADER}",
        )
    for each in identity.memberships:
        if named is not None and named.lower() == str(each.organization.id):
            return each
    raise Forbidden(
        "not_a_member",
        "this credential does not belong to that organization",
        hint=f"organizations it belongs to: {mine or 'none'}",
    )


def _scopes_of(role: Role) -> frozenset[Scope]:
    return frozenset({"query", "manage"} if role in MANAGERS else {"query"})


def _forbidden(caller: Caller, accepted: tuple[Scope, ...]) -> Forbidden:
    needed = " or ".join(f"`{scope}`" for scope in accepted)
    if caller.identity.key:
        has = ", ".join(sorted(caller.scopes))
        return Forbidden(
            "scope_missing",
            f"this needs a key with the scope {needed}; the key {caller.identity.key.prefix}… has: {has}",
            hint="make a key with that scope: `weir create-key`, or POST /v1/api-keys",
        )
    return Forbidden("role_missing", "only owners and admins of the organization may do this", hint="ask one of them")


def _unauthenticated(code: str, message: str, hint: str) -> Unauthenticated:
    return Unauthenticated(code, message, hint=hint, headers={"WWW-Authenticate": "Bearer"})
