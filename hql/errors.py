"""What can go wrong with a query.

    HqlError
    ├── Refused          the text cannot be run as it stands: the analyst mends it      (400)
    ├── Failed           the engine could not compute it: a type or a value is wrong    (400)
    ├── LimitReached     it took too long, too much memory or too many rows             (422)
    ├── Busy             the organization runs as many queries as it may                (429)
    ├── Cancelled        somebody stopped it                                            (499)
    └── Unavailable      the warehouse did not answer: ours, worth another try          (503)

The numbers are the HTTP status the api answers with. Anything else that escapes is a defect of ours: logged in full and
shown as an internal error.
"""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Problem:
    """What a person is told: a stable code, a sentence, where, and the way out."""

    code: str
    message: str
    hint: str | None = None
    line: int | None = None
    column: int | None = None
    """Line and column count from 1."""

    def as_dict(self) -> dict[str, object]:
        """Returns the fields that are known, in the api's error shape."""
        return {name: value for name, value in asdict(self).items() if value is not None}


class HqlError(Exception):
    """A query that gave no result; `problem` is safe to show."""

    status = 500

    def __init__(
        self, code: str, message: str, *, hint: str | None = None, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(message)
        self.problem = Problem(code, message, hint, line, column)


class Refused(HqlError):
    """The text cannot be run as it stands."""

    status = 400


class Failed(HqlError):
    """The engine began and could not compute the answer."""

    status = 400


class LimitReached(HqlError):
    """The query took more than one query may take."""

    status = 422


class Busy(HqlError):
    """The organization already runs as many queries as it may."""

    status = 429


class Cancelled(HqlError):
    """Somebody stopped the query."""

    status = 499


class Unavailable(HqlError):
    """The warehouse did not answer."""

    status = 503
