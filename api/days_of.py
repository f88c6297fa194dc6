"""The UTC day under which something said of a request or a session is kept: that of the request.

So whoever makes a day anew, or deletes it, has everything about its requests in hand. The day is a matter of good
order only: scores are found by what they are about, wherever they lie.
"""

import logging
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from api.parts import Parts
from api.rows import first_row
from hql.errors import HqlError

log = logging.getLogger(__name__)

_REQUEST = "select created_at as at from requests where request_id = {id:UUID}"
_SESSION = "select max(ended_at) as at from sessions where session_id = {id:String} having count() > 0"
_NEAR_MIDNIGHT = timedelta(minutes=10)
_EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
_SECONDS = 5.0


def day_of_request(parts: Parts, organization_id: UUID, request_id: UUID) -> date:
    """Returns the day of the request: by its id where that tells the time, else by its row.

    A request that is not in the warehouse has just been made, or is about to be: it is of today.
    """
    made_at = _time_in(request_id, parts.now())
    if made_at is not None and not _is_near_midnight(made_at):
        return made_at.date()
    # A caller may have made the id a little before the call, and the day may have ended between.
    found = _looked_up(parts, organization_id, _REQUEST, str(request_id))
    return (found or made_at or parts.now()).date()


def day_of_session(parts: Parts, organization_id: UUID, session_id: str) -> date:
    """Returns the day of the session's latest response; that of a session not known yet is today."""
    return (_looked_up(parts, organization_id, _SESSION, session_id) or parts.now()).date()


def _time_in(request_id: UUID, now: datetime) -> datetime | None:
    """The moment a UUIDv7 tells; None for other ids, and for what can be no moment of a call."""
    seconds = (request_id.int >> 80) / 1000
    if request_id.version != 7 or not _EARLIEST.timestamp() < seconds < (now + _NEAR_MIDNIGHT).timestamp():
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _is_near_midnight(moment: datetime) -> bool:
    return (moment - _NEAR_MIDNIGHT).date() != (moment + _NEAR_MIDNIGHT).date()


def _looked_up(parts: Parts, organization_id: UUID, sql: str, id: str) -> datetime | None:
    """Asks the warehouse; a warehouse that does not answer is no reason to refuse what can be kept."""
    try:
        answer = parts.lookups.query(organization_id, sql, parameters={"id": id}, limit=1, timeout=_SECONDS)
    except HqlError as error:
        log.warning("the day of %s is not known: %s", id, error)
        return None
    row = first_row(answer.table)
    at = row["at"] if row else None
    return at if isinstance(at, datetime) else None
