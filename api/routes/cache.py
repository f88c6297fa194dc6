"""The organization's response cache, which the gateway answers from."""

from fastapi import APIRouter

from api.auth import Manager
from api.parts import FromApp
from api.shapes import Shown
from control import epochs

router = APIRouter(prefix="/v1/cache", tags=["cache"])


class Purged(Shown):
    epoch: int
    """Which epoch the organization's cache is in now; the first part of `cache_key` of the calls that follow."""


@router.delete("")
def purge(caller: Manager, parts: FromApp) -> Purged:
    """Forgets every kept answer of the organization: gateways serve none of them any more within seconds."""
    return Purged(epoch=epochs.bump(parts.database, epochs.cache_of(caller.organization_id)))
