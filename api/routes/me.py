"""Who the caller is."""

from uuid import UUID

from fastapi import APIRouter

from api.auth import AnyIdentity
from api.routes.api_keys import ShownKey, shown
from api.shapes import Shown
from control.users import Role

router = APIRouter(prefix="/v1", tags=["signing in"])


class ShownUser(Shown):
    id: UUID
    email: str
    name: str | None


class ShownMembership(Shown):
    id: UUID
    name: str
    role: Role | None
    """What the person may do there; null for a key."""


class Me(Shown):
    user: ShownUser | None
    """The person; null if a key calls."""
    key: ShownKey | None
    """The key; null if a person calls."""
    organizations: list[ShownMembership]


@router.get("/me")
def me(identity: AnyIdentity) -> Me:
    """Tells who calls and which organizations they belong to."""
    user = identity.user
    return Me(
        user=ShownUser(id=user.id, email=user.email, name=user.name) if user else None,
        key=shown(identity.key) if identity.key else None,
        organizations=[
            ShownMembership(id=each.organization.id, name=each.organization.name, role=each.role if user else None)
            for each in identity.memberships
        ],
    )
