"""What the api answers instead of what was asked for, and the one shape of it.

ApiError
├── BadRequest        something sent cannot be understood                                  (400)
├── Unauthenticated   no credential, or none that works                                    (401)
├── Forbidden         the credential works and does not allow this                         (403)
├── NotFound          there is no such thing, or not for this caller: the answers are equal (404)
├── Gone              it was there and is not kept any more                                (410)
├── TooLarge          the body is larger than we read                                      (413)
└── Unavailable       a part behind the api does not answer; worth another try             (503)

Errors of `control` and `hql` keep their own families and are translated here. Whatever else escapes is a defect of
ours: logged in full, shown as an internal error.
"""

import logging
from typing import Any
from uuid import uuid4

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError as DatabaseDown
from starlette.exceptions import HTTPException

from api.shapes import Shown
from control.errors import AlreadyExists, ControlError, InvalidValue, TooManyAttempts, TooManyJobs, WrongCredentials
from hql.errors import HqlError
from warehouse.object_store.errors import StoreUnavailable

log = logging.getLogger(__name__)


class Problem(Shown):
    code: str
    """What went wrong, for programs; it stays the same."""
    message: str
    """What went wrong, for people."""
    hint: str | None = None
    """The way out."""
    line: int | None = None
    """Where in a query's text, counted from 1."""
    column: int | None = None
    """Where in that line, counted from 1."""


class ErrorAnswer(Shown):
    error: Problem


DOCUMENTED: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorAnswer, "description": "It cannot be answered as it was asked: the hint says the way out."},
    "5XX": {"model": ErrorAnswer, "description": "A part of ours does not answer: worth another try."},
}
"""What the description of the api says of errors, at every path."""


class ApiError(Exception):
    """An answer that is not what was asked for; its message is safe to show."""

    status = 500

    def __init__(
        self, code: str, message: str, *, hint: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint
        self.headers = headers


class BadRequest(ApiError):
    status = 400


class Unauthenticated(ApiError):
    status = 401


class Forbidden(ApiError):
    status = 403


class NotFound(ApiError):
    status = 404


class Gone(ApiError):
    status = 410


class TooLarge(ApiError):
    status = 413


class Unavailable(ApiError):
    status = 503


_CONTROL: dict[type[ControlError], tuple[int, str]] = {
    InvalidValue: (400, "invalid_value"),
    AlreadyExists: (409, "already_exists"),
    WrongCredentials: (401, "wrong_credentials"),
    TooManyAttempts: (429, "too_many_attempts"),
    TooManyJobs: (429, "too_many_jobs"),
}


def answer(error: Exception) -> JSONResponse:
    """Returns the response for any error: the one place where errors become HTTP."""
    match error:
        case ApiError():
            return _response(error.status, error.code, str(error), hint=error.hint, headers=error.headers)
        case HqlError():
            return JSONResponse({"error": error.problem.as_dict()}, error.status)
        case TooManyAttempts():
            seconds = str(int(error.retry_after.total_seconds()) + 1)
            return _response(429, "too_many_attempts", str(error), headers={"Retry-After": seconds})
        case ControlError():
            status, code = _CONTROL[type(error)]
            return _response(status, code, str(error))
        case RequestValidationError():
            return _response(400, "invalid_request", _what_is_invalid(error))
        case HTTPException():
            # FastAPI wraps whatever goes wrong while it reads a body.
            return answer(error.__cause__) if isinstance(error.__cause__, ApiError) else _http(error)
        case DatabaseDown():
            log.error("the application database does not answer", exc_info=error)
            return _response(503, "database_unavailable", "the application database does not answer; try again")
        case StoreUnavailable():
            log.error("the object store does not answer", exc_info=error)
            return _response(503, "object_store_unavailable", "the object store does not answer; try again")
    return _internal(error)


def _internal(error: Exception) -> JSONResponse:
    reference = uuid4().hex[:12]
    log.error("internal error %s", reference, exc_info=error)
    return _response(500, "internal_error", f"internal error; our log has it under {reference}")


def _http(error: HTTPException) -> JSONResponse:
    if error.status_code == 404:
        return _response(404, "not_found", "there is no such path", hint="/docs lists every path")
    if error.status_code == 405:
        return _response(405, "method_not_allowed", "this path has other methods", headers=dict(error.headers or {}))
    return _response(error.status_code, "bad_request", str(error.detail))


def _what_is_invalid(error: RequestValidationError) -> str:
    """The first thing that is wrong, with its place; never the value, which may be a secret."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return f"the body is not JSON: {first['ctx']['error']} at character {first['loc'][-1]}"
    if first["type"] in ("model_attributes_type", "model_type", "dict_type") and first["loc"] == ("body",):
        return "the body is not a JSON object; send one, with `Content-Type: application/json`"
    place = ".".join(str(part) for part in first["loc"][1:]) or "the body"
    return f"{place}: {first['msg'][0].lower()}{first['msg'][1:]}"


def _response(
    status: int, code: str, message: str, *, hint: str | None = None, headers: dict[str, str] | None = None
) -> JSONResponse:
    told = {"code": code, "message": message} | ({"hint": hint} if hint else {})
    return JSONResponse({"error": told}, status, headers)
