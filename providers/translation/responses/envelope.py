"""A response object around its output, as its caller knows it: half of it repeats the request."""

from providers.facts import JsonObject
from providers.lenient import mapping
from providers.translation.asked import Asked
from providers.translation.events import Failed
from providers.usage import Usage

_CODES = {429: "rate_limit_exceeded", 400: "invalid_prompt"}


def envelope(asked: Asked, *, id: str | None, model: str | None, created_at: int | None) -> JsonObject:
    """Returns the response before anything is known of its output, fields in the provider's order."""
    raw = asked.raw
    reasoning = mapping(raw.get("reasoning"))
    return {
        "id": asked.new_id("resp_", id),
        "object": "response",
        "created_at": created_at or asked.now(),
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": raw.get("instructions"),
        "max_output_tokens": raw.get("max_output_tokens"),
        "model": model or asked.model,
        "output": [],
        "parallel_tool_calls": raw.get("parallel_tool_calls") is not False,
        "previous_response_id": None,
        "reasoning": {"effort": reasoning.get("effort"), "summary": reasoning.get("summary")},
        "service_tier": raw.get("service_tier") or "default",
        "store": False,
        "temperature": raw.get("temperature"),
        "text": {"format": {"type": "text"}} | mapping(raw.get("text")),
        "tool_choice": raw.get("tool_choice") or "auto",
        "tools": [_tool(tool) for tool in raw.get("tools") or ()],
        "top_p": raw.get("top_p"),
        "truncation": "disabled",
        "usage": None,
        "user": raw.get("user"),
        "metadata": raw.get("metadata") or {},
    }


def ending(output: list[JsonObject], reason: str | None, usage: Usage | None) -> JsonObject:
    """Returns what the end of an answer changes in its envelope."""
    cut = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(reason or "")
    return {
        "status": "incomplete" if cut is not None else "completed",
        "incomplete_details": {"reason": cut} if cut is not None else None,
        "output": output,
        "usage": write_usage(usage) if usage is not None else None,
    }


def failed(failure: Failed) -> JsonObject:
    """Returns what a failure changes in the envelope."""
    code = _CODES.get(failure.status, "server_error")
    return {"status": "failed", "error": {"code": code, "message": failure.message}}


def write_usage(usage: Usage) -> JsonObject:
    """Writes usage as OpenAI does; what nobody counted is zero here."""
    taken, given = usage.input_tokens or 0, usage.output_tokens or 0
    return {
        "input_tokens": taken,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read_tokens or 0,
            "cache_write_tokens": usage.cache_write_tokens or 0,
        },
        "output_tokens": given,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens or 0},
        "total_tokens": taken + given,
    }


def _tool(tool: JsonObject) -> JsonObject:
    return {"strict": False, **tool} if tool.get("type") == "function" else tool
