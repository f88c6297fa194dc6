"""The models the fake upstream lists; it answers to any name."""

from typing import Any

import msgspec

_MODELS = {
    "openai": ("gpt-4o", "gpt-4o-mini", "gpt-5", "gpt-5-mini", "o3", "text-embedding-3-small"),
    "anthropic": ("claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"),
    "google": ("gemini-2.5-pro", "gemini-2.5-flash", "gemini-embedding-001"),
    "demo": ("demo-small", "demo-large", "demo-reasoning", "demo-embedding"),
}


def openai_models(vendor: str) -> bytes:
    return msgspec.json.encode({"object": "list", "data": [_openai(id, vendor) for id in _names(vendor)]})


def openai_model(id: str, vendor: str) -> bytes:
    return msgspec.json.encode(_openai(id, vendor))


def anthropic_models(vendor: str) -> bytes:
    names = _names(vendor)
    page = {"data": [_anthropic(id) for id in names], "first_id": names[0], "has_more": False, "last_id": names[-1]}
    return msgspec.json.encode(page)


def anthropic_model(id: str) -> bytes:
    return msgspec.json.encode(_anthropic(id))


def google_models(vendor: str) -> bytes:
    return msgspec.json.encode({"models": [_google(id) for id in _names(vendor)]})


def google_model(id: str) -> bytes:
    return msgspec.json.encode(_google(id))


def _names(vendor: str) -> tuple[str, ...]:
    return _MODELS.get(vendor, _MODELS["openai"])


def _openai(id: str, vendor: str) -> dict[str, Any]:
    return {"id": id, "object": "model", "created": 1_730_000_000, "owned_by": vendor}


def _anthropic(id: str) -> dict[str, Any]:
    name = id.replace("-", " ").title()
    return {"type": "model", "id": id, "display_name": name, "created_at": "2025-10-01T00:00:00Z"}


def _google(id: str) -> dict[str, Any]:
    methods = ["embedContent"] if "embedding" in id else ["generateContent", "countTokens"]
    return {
        "name": f"models/{id}",
        "version": "001",
        "displayName": id.replace("-", " ").title(),
        "description": "A model that is not there.",
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": methods,
        "temperature": 1,
        "topP": 0.95,
        "topK": 64,
    }
