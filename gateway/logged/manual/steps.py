"""Logs of steps that call no model: a tool, a look-up in a vector database, or other data (Helicone's `_type`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from providers.facts import PREVIEW_CHARS
from providers.lenient import text
from warehouse.record import StepKind

_KINDS: dict[str, StepKind] = {"tool": "tool", "vector_db": "retrieval", "data": "data"}
_NAMES = ("toolName", "name", "databaseName", "operation")
_ASKED = ("input", "text", "query", "name")
_ANSWERED = ("output", "result", "results", "message", "data")
_MARKS = frozenset({"_type", "toolName"})
"""What the log libraries put into both bodies."""


@dataclass(frozen=True)
class Step:
    """What such a log says of itself."""

    kind: StepKind
    name: str | None
    request_preview: str | None
    response_preview: str | None


def step_of(request: Mapping[str, Any], response: Mapping[str, Any]) -> Step | None:
    """Returns the step that a log is; None for a call to a model."""
    kind = _KINDS.get(str(request.get("_type") or response.get("_type")))
    if kind is None:
        return None
    name = next((named for key in _NAMES if (named := text(request.get(key)))), None)
    return Step(kind, name, _preview(request, _ASKED), _preview(response, _ANSWERED))


def _preview(body: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    """Returns the start of what a person would look for first, else of the whole body."""
    told = next((body[key] for key in keys if body.get(key)), None)
    if told is None:
        told = {key: value for key, value in body.items() if key not in _MARKS}
    if not told:
        return None
    written = told if isinstance(told, str) else msgspec.json.encode(told).decode()
    return written[:PREVIEW_CHARS]
