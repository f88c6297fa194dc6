"""The models the fake upstream lists; it answers to any name."""

from typing import Any

import msgspec

_MODELS = {
    "openai": ("gpt-4o", "gpt-4o-mini", "gpt-5", "gpt-5-mini", "o3", "text-embedding-3-small"),
    "anthropic": ("claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"),
    "demo": ("demo-small", "demo-large", "demo-reasoning", "demo-embedding"),
}


def openai_models(vendor: str) -> bytes:
    data = [{"id": id, "object": "model", "created": 1_730_000_000, "owned_by": vendor} for id in _MODELS[vendor]]
    return msgspec.json.encode({"object": "list", "data": data})


def anthropic_models(vendor: str) -> bytes:
    names = _MODELS[vendor]
    data: list[dict[str, Any]] = [
        {"type": "model", "id": id, "display_name": id.replace("-", " ").title(), "created_at": "2025-10-01T00:00:00Z"}
        for id in names
    ]
    page = {"data": data, "first_id": names[0], "has_more": False, "last_id": names[-1]}
    return msgspec.json.encode(page)
