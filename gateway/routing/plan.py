"""What is to be done with a call: the places it may be sent to, in order, and how long to insist."""

from dataclasses import dataclass

from gateway.routing.retries import NO_RETRIES, Retries
from gateway.targets.doors import Target


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place a call may be sent to."""

    target: Target
    model: str | None = None
    """The model's name there; None where the request goes on as the caller wrote it."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, where there is somewhere else to go."""

    attempt_seconds: float = 120.0
    """Until the first byte of a whole answer."""
    first_token_seconds: float = 60.0
    """Until the first content of a streamed answer."""
    total_seconds: float = 600.0
    """For all attempts together, until the first byte has gone to the client."""


DEFAULT_PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Plan:
    """The candidates in order, and how often each is tried."""

    candidates: tuple[Candidate, ...]
    retries: Retries = NO_RETRIES
    patience: Patience = DEFAULT_PATIENCE

    @property
    def is_single(self) -> bool:
        """Whether there is but one try, so that nothing needs to be held back for another."""
        return len(self.candidates) == 1 and self.retries.most == 0
