"""The OpenAPI entries of the doors, written by hand: no framework route stands behind them."""

from typing import Any

_KEY = {"WeirAuth": {"type": "http", "scheme": "bearer", "description": "A Weir key with the scope `gateway`."}}
_OPTIONAL_HEADERS = {
    "Weir-Auth": "The Weir key, as `Bearer sk-weir-…`, where Authorization carries the provider's own.",
    "Weir-User-Id": "The end user on whose behalf the application calls.",
    "Weir-Session-Id": "Groups the calls of one conversation or agent run.",
    "Weir-Session-Path": "Where in the session's tree this call stands, such as /plan/search.",
    "Weir-Session-Name": "The kind of session.",
    "Weir-Request-Id": "A UUID to record the call under; one is made if it is missing.",
    "Weir-Omit-Request": "`true` keeps the request's body out of the record.",
    "Weir-Omit-Response": "`true` keeps the response's body out of the record.",
    "Weir-Stream-Usage": "`false` keeps the gateway from asking for usage in a streamed chat completion.",
}
_DESCRIPTION = (
    "The request goes on to the provider and its response comes back untouched. Every `Weir-…` header may be written "
    "`Helicone-…`; `Weir-Property-<Name>` sets a custom dimension."
)
_DOORS = {
    "/{provider}/v1/chat/completions": "OpenAI's chat completions",
    "/{provider}/v1/responses": "OpenAI's responses",
    "/{provider}/v1/messages": "Anthropic's messages",
    "/{provider}/{path}": "Whatever else the provider offers, by any method",
}


def describe_doors(schema: dict[str, Any]) -> dict[str, Any]:
    """Returns the schema of the service app with the doors added."""
    paths = schema["paths"] | {path: {"post": _operation(path, summary)} for path, summary in _DOORS.items()}
    components = schema.get("components", {})
    schemes = components.get("securitySchemes", {}) | _KEY
    return schema | {"paths": paths, "components": components | {"securitySchemes": schemes}}


def _operation(path: str, summary: str) -> dict[str, Any]:
    names = ["provider", "path"] if "{path}" in path else ["provider"]
    text = {"type": "string"}
    return {
        "summary": summary,
        "description": _DESCRIPTION,
        "operationId": "proxy_" + path.strip("/").replace("/", "_").replace("{", "").replace("}", ""),
        "security": [{"WeirAuth": []}],
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": text} for name in names),
            *(
                {"name": name, "in": "header", "required": False, "schema": text, "description": description}
                for name, description in _OPTIONAL_HEADERS.items()
            ),
        ],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {
            "200": {"description": "The provider's answer, as JSON or as a stream of events."},
            "401": {"description": "There is no valid Weir key, or no credential for the provider."},
            "413": {"description": "The body is too large."},
            "502": {"description": "The provider cannot be reached, or broke off."},
            "504": {"description": "The provider stayed silent."},
        },
    }
