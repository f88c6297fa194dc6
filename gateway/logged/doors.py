"""The doors for calls made elsewhere and reported here afterwards: which paths they are, and who answers there.

    /custom/v1/log, /oai/v1/log, …   one call, in the shape of Helicone's log libraries
    /v1/traces, /v1/trace/log…       spans, as OpenTelemetry's exporters send them
    /v1/metrics, /v1/logs            what else these exporters send; thanked for and not kept

The table is asked before any other door is: `/v1/traces` must not be taken for a call to a model.
"""

from dataclasses import dataclass
from typing import Literal

Form = Literal["manual", "traces", "metrics", "logs"]


@dataclass(frozen=True, slots=True)
class LogDoor:
    """One path."""

    form: Form
    provider: str | None = None
    """The provider of calls reported here; None where the report names it."""


_MANUAL = LogDoor("manual")
_TRACES = LogDoor("traces")
_BY_PROVIDER = {"custom": None, "oai": "openai", "anthropic": "anthropic", "googleapis": "google"}

_DOORS: dict[str, LogDoor] = {
    **{f"/{name}/v1/log": LogDoor("manual", provider) for name, provider in _BY_PROVIDER.items()},
    # The libraries add the path above to what they are told is the endpoint; Helicone's documents name this one too.
    **{f"/v1/trace/{name}/v1/log": LogDoor("manual", provider) for name, provider in _BY_PROVIDER.items()},
    "/v1/trace/custom/log": _MANUAL,
    "/v1/trace/custom/log/typed": _MANUAL,
    "/v1/traces": _TRACES,
    "/v1/trace/log": _TRACES,
    "/v1/trace/log-python": _TRACES,
    # Traceloop's older releases take an endpoint for the whole path.
    "/v1/trace/log-python/v1/traces": _TRACES,
    "/v1/metrics": LogDoor("metrics"),
    "/v1/trace/log-python/v1/metrics": LogDoor("metrics"),
    "/v1/logs": LogDoor("logs"),
}


def log_door(raw_path: str) -> LogDoor | None:
    """Returns the log door at a path, if there is one."""
    return _DOORS.get(raw_path) or _DOORS.get(raw_path.rstrip("/"))
