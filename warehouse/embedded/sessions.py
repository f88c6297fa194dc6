"""Connections that outlive a request, for callers that name a session."""

import time
from dataclasses import dataclass, field

from warehouse.embedded.engine import Connection, Engine
from warehouse.embedded.errors import refusal
from warehouse.embedded.identity import Caller

DEFAULT_SECONDS = 60
LONGEST_SECONDS = 3600


@dataclass
class Session:
    """A connection kept for its owner; one request at a time uses it."""

    connection: Connection
    is_busy: bool = False
    ends_at: float = field(default=0.0)


class Sessions:
    """The open sessions, by user and name. Used from the event loop only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sessions: dict[tuple[str, str], Session] = {}

    def take(self, caller: Caller, name: str, *, must_exist: bool) -> Session:
        """Returns the session for one request; raises EngineError if another request uses it."""
        self.close_ended()
        session = self._sessions.get((caller.user, name))
        if session is None:
            if must_exist:
                raise refusal(372, "SESSION_NOT_FOUND", f"Session {name} not found.")
            session = self._sessions[caller.user, name] = Session(self._engine.connect(caller))
        if session.is_busy:
            raise refusal(373, "SESSION_IS_LOCKED", f"Session {name} is locked by a concurrent client.")
        session.is_busy = True
        return session

    def give_back(self, session: Session, seconds: float) -> None:
        """Ends a request's use of the session and lets it live for that long."""
        session.is_busy = False
        session.ends_at = time.monotonic() + min(max(seconds, 0), LONGEST_SECONDS)

    def drop(self, session: Session) -> None:
        """Closes a session for good."""
        self._sessions = {key: kept for key, kept in self._sessions.items() if kept is not session}
        session.connection.close()

    def close_ended(self) -> None:
        now = time.monotonic()
        for session in [kept for kept in self._sessions.values() if not kept.is_busy and kept.ends_at < now]:
            self.drop(session)

    def close(self) -> None:
        for session in list(self._sessions.values()):
            self.drop(session)
