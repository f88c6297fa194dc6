"""The OpenAPI entries of the doors, written by hand: no framework route stands behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.service.headers import REQUEST_HEADERS, RESPONSE_HEADERS, UNIFIED_HEADERS

_KEY = {"WeirAuth": {"type": "http", "scheme": "bearer", "description": "A Weir key with the scope `gateway`."}}
_TEXT = {"type": "string"}
_ALIASES = "Every `Weir-…` header may be written `Helicone-…`; `Weir-Property-<Name>` sets a custom dimension."
_PROVIDER = f"The request goes on to the provider and its response comes back untouched. {_ALIASES}"
_UNIFIED = (
    "The model decides who is asked: `model`, `model/provider` or `provider/model`, several separated by commas to be "
    f"tried in order. Where the provider speaks another format, request and answer are translated. {_ALIASES}"
)
_LOG = "A call made elsewhere is recorded as if it had come this way."
_OTLP = "Takes protobuf or JSON, gzip or not, as OpenTelemetry's exporters send it."


@dataclass(frozen=True)
class Door:
    """One path of the document."""

    path: str
    summary: str
    description: str
    headers: Mapping[str, str] = field(default_factory=dict)
    answers: str = "The provider's answer, as JSON or as a stream of events."
    is_proxied: bool = True


def _doors() -> list[Door]:
    provider = [
        ("v1/chat/completions", "OpenAI's chat completions"),
        ("v1/responses", "OpenAI's responses"),
        ("v1/messages", "Anthropic's messages"),
        ("{path}", "Whatever else the provider offers, by any method"),
    ]
    unified = [
        ("/v1/chat/completions", "Chat completions, of any model"),
        ("/v1/responses", "Responses, of any model"),
        ("/v1/messages", "Messages, of any model"),
        ("/v1/embeddings", "Embeddings, of any model"),
        ("/v1beta/models/{model}:generateContent", "Google's contents, of any model"),
        ("/v1beta/models/{model}:streamGenerateContent", "The same as a stream"),
    ]
    logs = [
        ("/custom/v1/log", "A call made elsewhere, reported afterwards", _LOG),
        ("/oai/v1/log", "The same for OpenAI", _LOG),
        ("/anthropic/v1/log", "The same for Anthropic", _LOG),
        ("/v1/traces", "Spans of OpenTelemetry", _OTLP),
    ]
    return [
        *(Door(path, summary, _UNIFIED, REQUEST_HEADERS | UNIFIED_HEADERS) for path, summary in unified),
        *(Door(f"/{{provider}}/{path}", summary, _PROVIDER, REQUEST_HEADERS) for path, summary in provider),
        *(Door(path, summary, text, answers="It is recorded.", is_proxied=False) for path, summary, text in logs),
    ]


def describe_doors(schema: dict[str, Any]) -> dict[str, Any]:
    """Returns the schema of the service app with the doors added."""
    paths = schema["paths"] | {door.path: {"post": _operation(door)} for door in _doors()}
    components = schema.get("components", {})
    schemes = components.get("securitySchemes", {}) | _KEY
    return schema | {"paths": paths, "components": components | {"securitySchemes": schemes}}


def _operation(door: Door) -> dict[str, Any]:
    return {
        "summary": door.summary,
        "description": door.description,
        "operationId": "post_" + "_".join(filter(None, door.path.replace("{", "").replace("}", "").split("/"))),
        "security": [{"WeirAuth": []}],
        "parameters": [
            *(
                {"name": name, "in": "path", "required": True, "schema": _TEXT}
                for name in ("provider", "path", "model")
                if f"{{{name}}}" in door.path
            ),
            *(
                {"name": name, "in": "header", "required": False, "schema": _TEXT, "description": description}
                for name, description in door.headers.items()
            ),
        ],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": _responses(door),
    }


def _responses(door: Door) -> dict[str, Any]:
    ours = {
        "400": "The request makes no sense; the message says what and how to mend it.",
        "401": "There is no valid Weir key, or no credential for the provider.",
        "403": "The key or the host is not for this.",
        "404": "There is no such provider, or the provider has nothing there.",
        "408": "The request stopped in the middle.",
        "413": "The body is too large.",
        "429": "A limit is reached; `Retry-After` says for how long.",
        "431": "There are too many headers, or they are too large.",
        "503": "Weir cannot record calls at the moment.",
    }
    upstream = {"502": "The provider cannot be reached, or broke off.", "504": "The provider stayed silent."}
    headers = {name: {"schema": _TEXT, "description": text} for name, text in RESPONSE_HEADERS.items()}
    found: dict[str, Any] = {"200": {"description": door.answers}}
    if door.is_proxied:
        found["200"]["headers"] = headers
    return found | {
        status: {"description": text} for status, text in (ours | (upstream if door.is_proxied else {})).items()
    }
