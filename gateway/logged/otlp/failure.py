"""Why a span failed, if it did."""

from gateway.logged.otlp.span import ERROR, Span
from providers.usage import count
from warehouse.record import StepKind

_STATUSES = ("http.response.status_code", "http.status_code", "error.type")


def failure_of(span: Span, kind: StepKind) -> tuple[int | None, str | None, str | None]:
    """Returns the HTTP status, the error's type and its message.

    A step that did not fail counts as answered with 200: spans of its kind seldom carry a status.
    """
    status = _status(span)
    if span.status != ERROR and (status or 200) < 400:
        return status or 200, None, None
    name, message = _said(span)
    return status, _type(status, name, kind), message or name


def _status(span: Span) -> int | None:
    found = (count(span.attributes.get(name)) for name in _STATUSES)
    return next((status for status in found if status is not None and 100 <= status <= 599), None)


def _said(span: Span) -> tuple[str | None, str | None]:
    """Returns the error's name and message, as the exception or the span tells them."""
    for event in span.events:
        if event.name == "exception":
            name, message = (event.attributes.get(f"exception.{part}") for part in ("type", "message"))
            return _text(name), _text(message) or _text(span.status_message)
    return _text(span.attributes.get("error.type")), _text(span.status_message)


def _type(status: int | None, name: str | None, kind: StepKind) -> str:
    lowered = (name or "").lower()
    if status == 429 or "ratelimit" in lowered:
        return "rate_limited"
    if "timeout" in lowered:
        return "timeout"
    return "provider_error" if kind == "llm" else "step_failed"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
