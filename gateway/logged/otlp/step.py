"""Tells what kind of step a span is: a call to a model, another step of a session, or none of an LLM application's."""

from gateway.logged.otlp.attributes import text, value
from gateway.logged.otlp.conventions import KINDS, VECTOR_STORES
from gateway.logged.otlp.span import Attributes, Span
from warehouse.record import StepKind


def kind_of(attributes: Attributes) -> StepKind | None:
    """Returns the kind of step; None for a span of something else, such as a web request or a query of a database."""
    for name, kinds in KINDS:
        told = attributes.get(name)
        kind = kinds.get(told.lower()) if isinstance(told, str) else None
        if kind is not None:
            return kind
    if str(attributes.get("db.system")).lower() in VECTOR_STORES or "db.vector.query.top_k" in attributes:
        return "retrieval"
    if attributes.get("mcp.method.name") == "tools/call":
        return "tool"
    return "llm" if value(attributes, "request_model") or value(attributes, "response_model") else None


def name_of(span: Span) -> str:
    """Returns what the step calls itself."""
    return text(span.attributes, "step_name") or span.name


def path_of(attributes: Attributes) -> str | None:
    """Returns where the step stands in its session, such as `/plan/search` for OpenLLMetry's `plan.search`."""
    path = text(attributes, "path")
    return "/" + path.strip("./").replace(".", "/") if path else None
