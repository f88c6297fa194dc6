"""Helicone's way of answering: `{"data": …, "error": null}`, or `{"data": null, "error": "[CODE] message: why"}`."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import msgspec
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from api import errors
from api.errors import ApiError, answer
from api.shapes import Shown
from control.errors import AlreadyExists, ControlError, TooManyJobs
from hql.errors import Failed, HqlError, LimitReached, Refused, Unavailable


class EnvelopedError(Shown):
    data: None = None
    error: str
    """What went wrong and the way out; under `/v1/helicone-sql` behind a code in brackets."""


DOCUMENTED: dict[int | str, dict[str, Any]] = {
    # What no route took is told in our own shape.
    status: {**told, "model": EnvelopedError | errors.ErrorAnswer}
    for status, told in errors.DOCUMENTED.items()
}
"""What the description of the api says of errors at Helicone's paths."""

_encoder = msgspec.json.Encoder(decimal_format="number")

_CODES = {
    "unknown_table": "HQL_INVALID_TABLE",
    "not_one_select": "HQL_INVALID_STATEMENT",
    "empty_query": "HQL_MISSING_QUERY_SQL",
    "memory": "HQL_MEMORY_LIMIT_EXCEEDED",
    "timeout": "HQL_QUERY_TIMEOUT",
    "rows_read": "HQL_ROW_LIMIT_EXCEEDED",
    "bytes_read": "HQL_ROW_LIMIT_EXCEEDED",
    "result_size": "HQL_RESULT_LIMIT_EXCEEDED",
    "no_credential": "HQL_QUERY_ACCESS_DENIED",
    "unknown_query": "HQL_QUERY_NOT_FOUND",
}
"""Helicone's code for one of ours, where there is one."""


class HeliconeError(ApiError):
    """An answer with a code of Helicone's."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code, message)
        self.status = status


class HeliconeRoute(APIRoute):
    """A route whose errors are told as Helicone tells them."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def enveloped(request: Request) -> Response:
            try:
                return await handle(request)
            except (ApiError, HqlError, ControlError, RequestValidationError) as error:
                status, code, message = _told(error)
                body = {"data": None, "error": f"[{code}] {message}"}
                return JSONResponse(body, status, getattr(error, "headers", None))

        return enveloped


class PlainHeliconeRoute(APIRoute):
    """A route of Helicone's older groups, whose errors are a text without a code."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def enveloped(request: Request) -> Response:
            try:
                return await handle(request)
            except (ApiError, RequestValidationError) as error:
                answered = answer(error)
                told = msgspec.json.decode(answered.body)["error"]
                text = f"{told['message']}: {told['hint']}" if "hint" in told else told["message"]
                return JSONResponse(
                    {"data": None, "error": text}, answered.status_code, getattr(error, "headers", None)
                )

        return enveloped


def data(value: Any, status: int = 200) -> Response:
    """Returns the answer that holds the value."""
    return Response(_encoder.encode({"data": value, "error": None}), status, media_type="application/json")


def helicone_error(problem: Mapping[str, Any]) -> HeliconeError:
    """Returns the error for a problem that was written down."""
    code = _CODES.get(str(problem["code"]), "HQL_EXECUTION_FAILED")
    is_too_much = code.endswith(("EXCEEDED", "TIMEOUT"))
    return HeliconeError(503 if is_too_much else 500, code, str(problem["message"]))


def _told(error: Exception) -> tuple[int, str, str]:
    match error:
        case HeliconeError():
            return error.status, error.code, str(error)
        case HqlError():
            problem = error.problem
            text = f"{problem.message}: {problem.hint}" if problem.hint else problem.message
            return _status(error), _CODES.get(problem.code, _family(error)), text
        case TooManyJobs():
            return 503, "HQL_EXECUTION_FAILED", str(error)
        case AlreadyExists():
            return 409, "HQL_QUERY_NAME_EXISTS", str(error)
        case ControlError():
            return 400, "HQL_MISSING_QUERY_NAME", str(error)
        case ApiError():
            text = f"{error}: {error.hint}" if error.hint else str(error)
            return error.status, _CODES.get(error.code, "HQL_QUERY_ACCESS_DENIED"), text
    # In the words that our own routes have for it.
    told = msgspec.json.decode(answer(error).body)["error"]["message"]
    return 400, "HQL_INVALID_STATEMENT", str(told)


def _family(error: HqlError) -> str:
    match error:
        case Refused():
            return "HQL_SYNTAX_ERROR"
        case LimitReached():
            return "HQL_RESULT_LIMIT_EXCEEDED"
        case Unavailable() | Failed():
            return "HQL_EXECUTION_FAILED"
    return "HQL_UNEXPECTED_ERROR"


def _status(error: HqlError) -> int:
    """Helicone's status: what is too much is a 503 there, what failed in the engine a 500."""
    if isinstance(error, LimitReached):
        return 503
    return 500 if isinstance(error, (Failed, Unavailable)) else error.status
