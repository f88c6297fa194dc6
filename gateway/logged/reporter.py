"""Who reports, and what that says about every call in the report."""

from dataclasses import dataclass

from control.api_keys import ApiKey
from gateway.caller.head import Head


@dataclass(frozen=True)
class Reporter:
    """The sender of a report."""

    key: ApiKey
    head: Head
    """The head of the request that brought the report; its Weir and Helicone headers speak for the reported calls."""
    secrets: list[str]
    """The sender's credentials, which must not be stored."""
    kept_bytes: int
    """How much of each body is kept."""
