"""What can go wrong in `control`, as its callers tell it apart.

ControlError
├── InvalidValue        a value breaks a rule; the message names value, rule and remedy
├── AlreadyExists       a name or an email is taken
├── WrongCredentials    email and password, token or session do not fit; never says which
├── TooManyJobs         an organization has as many jobs under way as it may
└── TooManyAttempts     sign-in is throttled for a while

Unsealable              a sealed secret does not open; none of the caller's doing
"""

from datetime import timedelta


class ControlError(Exception):
    """Something the caller of `control` did; its message is safe to show."""


class InvalidValue(ControlError):
    """A value breaks a rule."""


class AlreadyExists(ControlError):
    """A name or an email is taken."""


class WrongCredentials(ControlError):
    """The credentials do not fit; which part is wrong is not told."""


class TooManyJobs(ControlError):
    """The organization has as many jobs under way as it may."""


class TooManyAttempts(ControlError):
    """Sign-in is throttled."""

    def __init__(self, retry_after: timedelta) -> None:
        self.retry_after = retry_after
        super().__init__(f"too many attempts to sign in; try again in {int(retry_after.total_seconds()) + 1} seconds")


class Unsealable(Exception):
    """A sealed secret does not open: its key is not among ours, it was changed, or it belongs to somebody else."""
