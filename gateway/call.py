"""One call on its way through the gateway: all that will be in its record, as far as it is known yet."""

import time
from datetime import UTC, datetime
from uuid import UUID

from control.api_keys import ApiKey
from gateway.bodies.kept_body import KeptBody
from gateway.bodies.tap import Tap
from gateway.cache.replay import Replay
from gateway.cache.response_cache import Visit
from gateway.caller.annotations import Annotations
from gateway.caller.credentials import Credentials
from gateway.caller.head import Head
from gateway.caller.known_headers import warnings_about
from gateway.downstream.turn import Turn
from gateway.limits.reservation import Reservation
from gateway.routing.attempt import Attempt
from gateway.targets.doors import Target
from providers.facts import RequestFacts
from warehouse.record import Exchange, new_request_id

NO_FACTS = RequestFacts()
_NO_BODY = KeptBody(0)


class Call:
    """Filled step by step by the proxy, written once by the recorder. Times are by `time.perf_counter`."""

    model_override: str | None
    """The model to show and to price it as."""
    sent_at: float | None = None
    """When the request was first sent on; None if it never was."""
    upstream_status: int | None = None
    first_byte_at: float | None = None
    facts = NO_FACTS
    request = _NO_BODY
    told: KeptBody | None = None
    """What the client was sent, where that is a translation of what the provider sent."""
    tap: Tap | Replay | None = None
    visit: Visit | None = None
    """Its dealings with the response cache, if it has any."""
    turn: Turn | None = None
    """Where the server gives one, a shorter way for the answer than ASGI's."""
    status: int | None = None
    """What the client has been told; None before that."""
    error_type: str | None = None
    error_message: str | None = None
    client_is_gone = False
    is_answered = False
    """Whether the last of the response is on its way to the client."""
    is_recorded = False
    exchange: Exchange | None = None
    """What was recorded."""
    reservation: Reservation | None = None
    """What its limits hold for it, until it is settled."""
    rate_limit_policy: str | None = None
    """The limit that refused it."""

    def __init__(
        self,
        method: str,
        target: Target,
        raw_path: str,
        query: str,
        head: Head,
        key: ApiKey,
        credentials: Credentials,
        annotations: Annotations,
    ) -> None:
        self.method = method
        self.target = target
        """Where it was sent last; of several attempts, in the end, the one whose answer the client gets."""
        self.raw_path = raw_path
        """The path at our own door, percent-encoded."""
        self.query = query
        self.dialect = target.dialect
        """The wire format the caller speaks, if it is one we parse."""
        self.error_dialect = target.error_dialect
        self.head = head
        self.key = key
        self.credentials = credentials
        self.annotations = annotations
        self.model_override = annotations.model_override
        self.request_id: UUID = annotations.request_id or new_request_id()
        self.received_on = datetime.now(UTC)
        self.received_at = time.perf_counter()
        self.secrets: list[str] = []
        """The credentials of this call, which must not be stored."""
        self.attempts: list[Attempt] = []
        self.response_headers: list[tuple[bytes, bytes]] = []
        """The provider's, names in lower case."""
        self.answer_headers: list[tuple[bytes, bytes]] = []
        """Ours for the client, besides the call's id."""
        self.warnings = warnings_about(head, model_decides=not target.url)
        """What the client should know of how it was answered."""
        if self.model_override is not None and any(limit.unit == "cent" for limit in key.limits):
            # Whoever holds the key would otherwise choose what its budget is charged.
            self.model_override = None
            self.warnings.append("Weir-Model-Override has no effect: this key has a limit in cents")

    def received(self, body: KeptBody, facts: RequestFacts) -> None:
        """The whole request is here: all durations count from now."""
        self.request = body
        self.facts = facts
        self.received_on = datetime.now(UTC)
        self.received_at = time.perf_counter()

    def failed(self, type: str, message: str) -> None:
        """Notes why the call failed."""
        self.error_type, self.error_message = type, message
