"""The application's own labels on a span."""

from collections.abc import Mapping
from typing import Any

from gateway.logged.otlp.attributes import structured, written
from gateway.logged.otlp.conventions import names_of
from gateway.logged.otlp.span import Attributes
from gateway.logged.spoken import is_ours
from warehouse.record import Pair

_MOST = 64
_MOST_CHARS = 512
_RESOURCE = ("service.name", "service.version", "deployment.environment.name", "deployment.environment")
_OF_NOBODY = "unknown_service"
"""How OpenTelemetry names a service that has none."""


def properties_of(labels: Mapping[str, Any], resource: Attributes) -> list[Pair]:
    """Returns the labels of a span that are properties, and the names of what sent it."""
    labels = {name: found for name, found in labels.items() if not is_ours(name)}
    labels |= {name: resource[name] for name in _RESOURCE if name in resource and name not in labels}
    if str(labels.get("service.name", "")).startswith(_OF_NOBODY):
        del labels["service.name"]
    return [Pair(name[:_MOST_CHARS], written(found)[:_MOST_CHARS]) for name, found in list(labels.items())[:_MOST]]


def labels_of(attributes: Attributes) -> dict[str, Any]:
    """Returns the labels by their names; those that tell a fact of their own, such as the user, are none."""
    known = {*names_of("user_id"), *names_of("session_id")}
    labels: dict[str, Any] = {}
    for prefix in names_of("property_prefixes"):
        for name, found in attributes.items():
            if name.startswith(prefix) and name not in known and found is not None:
                below = name[len(prefix) :].lstrip(".")
                labels |= {below: found} if below else _mapping(found)
    tags = attributes.get("tag.tags")
    return labels | ({"tags": ", ".join(map(str, tags))} if isinstance(tags, list) and tags else {})


def _mapping(found: Any) -> dict[str, Any]:
    """Returns what OpenInference's `metadata` holds, a JSON object in a text."""
    told = structured(found)
    return {str(name): each for name, each in told.items() if each is not None} if isinstance(told, Mapping) else {}
