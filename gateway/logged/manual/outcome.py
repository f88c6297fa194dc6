"""How a logged call went: when, with which status, and why it failed if it did."""

from datetime import UTC, datetime

from gateway.logged import moments
from gateway.logged.errors import BadReport
from gateway.logged.manual.bodies import Bodies
from gateway.logged.manual.form import Form, Moment
from providers.facts import ResponseFacts

_CANCELLED = -3
"""The status that @helicone/helpers logs for a stream its reader left."""
_MOST_CHARS = 4000

Failure = tuple[str | None, str | None]


def times_of(form: Form) -> tuple[datetime, datetime]:
    """Returns when the call began and ended; now, where the log does not say. Raises BadReport."""
    if form.timing is None:
        now = datetime.now(UTC)
        return now, now
    began = _time(form.timing.start_time, "startTime")
    ended = _time(form.timing.end_time, "endTime")
    if ended < began:
        raise BadReport("timing.endTime", "is before timing.startTime")
    return began, ended


def time_to_first_token_ms(form: Form) -> float | None:
    told = form.timing.time_to_first_token if form.timing else None
    return told if told is not None and told >= 0 else None


def failure_of(form: Form, bodies: Bodies, answered: ResponseFacts) -> Failure:
    """Returns the error's type and message; two None for a call that went well. Raises BadReport for no status."""
    status = form.provider_response.status
    if status == _CANCELLED:
        return "client_disconnected", "the reader left before the response was complete"
    if not 100 <= status <= 599:
        raise BadReport("providerResponse.status", f"is {status}, but must be an HTTP status, or -3 for cancelled")
    if bodies.failure is not None:
        return "provider_error", bodies.failure.rstrip().rpartition("\n")[2]
    if status < 400 and answered.error_type is None:
        return None, None
    said = answered.error_message or answered.error_type
    if said is None and not bodies.response_object:
        said = bodies.response[:_MOST_CHARS].decode("utf-8", "replace").partition("\n")[0]
    return "rate_limited" if status == 429 else "provider_error", said or None


def status_of(form: Form, failure: Failure) -> int | None:
    """Returns the status as logged; a library that logs 200 for a call that raised does not know it."""
    status = form.provider_response.status
    return None if status == _CANCELLED or (status == 200 and failure[0] is not None) else status


def _time(told: Moment, name: str) -> datetime:
    found = moments.moment(told.seconds + told.milliseconds / 1000)
    if found is None:
        raise BadReport(
            f"timing.{name}",
            f"is no time from {moments.EARLIEST:%Y-%m-%d} until now; give `seconds` since 1970 and, apart from them, "
            "the rest in `milliseconds`",
        )
    return found
