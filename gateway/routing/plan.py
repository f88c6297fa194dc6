"""What is to be done with a call: the places it may be sent to, in order, and how long to insist."""

import msgspec

from gateway.caller.credentials import Credentials
from gateway.caller.head import Head
from gateway.routing.patience import DEFAULT_PATIENCE, Patience
from gateway.routing.retries import NO_RETRIES, Retries
from gateway.targets.doors import Target
from providers.facts import JsonObject


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """One place a call may be sent to, and how what is sent there differs from what the caller wrote."""

    target: Target
    model: str | None = None
    """The model's name there, where it is the model that decided."""
    is_renamed: bool = False
    """Whether the body names the model otherwise than this place does."""
    is_translated: bool = False
    """Whether the target speaks another dialect than the caller."""
    head: Head | None = None
    """What takes the place of the caller's head."""
    credentials: Credentials | None = None
    """What takes the place of the caller's own credentials; empty ones leave room for a key that is kept."""
    query: str | None = None
    """What takes the place of the caller's query."""
    override: JsonObject | None = None
    """Members that are laid over those of the body."""
    on_codes: tuple[range, ...] | None = None
    """The statuses that make the next candidate's turn, where the caller said which."""
    fallback_index: int | None = None
    """Its place in the list of fallbacks the caller gave."""


class Plan(msgspec.Struct, frozen=True, gc=False):
    """The candidates in order, and how often each is tried."""

    candidates: tuple[Candidate, ...]
    retries: Retries = NO_RETRIES
    patience: Patience = DEFAULT_PATIENCE

    @property
    def is_single(self) -> bool:
        """Whether there is but one try, so that nothing needs to be held back for another."""
        return len(self.candidates) == 1 and self.retries.most == 0 and not self.patience.is_asked_for
