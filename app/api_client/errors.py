"""What can go wrong with a call to the api.

ApiError
├── SignedOut      no session, one that ended, or a password that does not fit
├── Refused        the caller's mistake, with a way out (4xx)
├── NotFound       there is no such thing, or not for this viewer
└── Unavailable    the api, or a part behind it, does not work (5xx, no connection)
"""

from httpx import Response


class ApiError(Exception):
    """A call the api did not answer as asked; everything in it is safe to show."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "error",
        hint: str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message[:1].upper() + message[1:]
        self.code = code
        self.hint = hint[:1].upper() + hint[1:] if hint else None
        self.line = line
        self.column = column


class SignedOut(ApiError):
    """No session, one that ended, or a password that does not fit."""


class Refused(ApiError):
    """The caller's mistake."""


class NotFound(ApiError):
    """There is no such thing, or not for this viewer."""


class Unavailable(ApiError):
    """The api, or a part behind it, does not work."""


def error_of(response: Response) -> ApiError:
    """Returns the error that a response tells."""
    try:
        told = response.json()["error"]
        message = str(told["message"])
    except (ValueError, KeyError, TypeError):
        told, message = {}, f"The api answered {response.status_code}."
    known = {name: told[name] for name in ("code", "hint", "line", "column") if told.get(name) is not None}
    kind: type[ApiError]
    match response.status_code:
        case 401:
            kind = SignedOut
        case 404:
            kind = NotFound
        case status:
            kind = Refused if status < 500 else Unavailable
    return kind(message, **known)
