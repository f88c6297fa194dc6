"""A request as a command that makes it again."""

import shlex

from app.api_client.values import StoredRequest

_LONGEST_BODY = 20_000
_OURSELVES = "weir"
"""The provider of calls that the gateway refused before it chose one; their path is the gateway's own."""
_UNIFIED = {
    "chat_completions": "/v1/chat/completions",
    "responses": "/v1/responses",
    "messages": "/v1/messages",
    "completions": "/v1/completions",
    "embeddings": "/v1/embeddings",
}
"""Where the gateway takes each dialect for whatever provider."""


def command(stored: StoredRequest, body: bytes | None, gateway_url: str) -> str | None:
    """Returns the curl command; credentials were never kept, so it names where to put one's own.

    None for a step that did not pass the gateway and could not.
    """
    row = stored.request
    path = _path(stored)
    if path is None:
        return None
    lines = [f"curl {shlex.quote(gateway_url.rstrip('/') + path)}"]
    if row["method"] != "POST":
        lines.append(f"-X {shlex.quote(row['method'])}")
    lines.append('-H "Weir-Auth: Bearer <your gateway key>"')
    lines += [
        f"-H {shlex.quote(f'{header.name}: {header.value}')}"
        for header in stored.request_headers
        if header.name.lower() in {"content-type", "anthropic-version", "anthropic-beta", "accept"}
    ]
    if body:
        text = body.decode("utf-8", "replace")
        # Not -d, which takes a text that begins with @ for the name of a file of the reader's.
        lines.append(f"--data-raw {shlex.quote(text)}" if len(text) <= _LONGEST_BODY else "-d @request.json")
    return " \\\n  ".join(lines)


def _path(stored: StoredRequest) -> str | None:
    """Returns the path at the gateway. What only the unified door can have made of a call tells that it came there."""
    row = stored.request
    if row["provider"] == _OURSELVES and row["path"]:
        return str(row["path"])
    is_reported = not row["path"]
    was_routed = len(stored.attempts) > 1 or any(each.model for each in stored.attempts)
    if (is_reported or was_routed or stored.translated_to) and (found := _unified(stored)):
        return found
    return None if is_reported else f"/{row['provider']}{row['path']}"


def _unified(stored: StoredRequest) -> str | None:
    row = stored.request
    if row.get("dialect") == "gemini":
        verb = "streamGenerateContent?alt=sse" if row["is_stream"] else "generateContent"
        return f"/v1beta/models/{row['request_model']}:{verb}"
    return _UNIFIED.get(row.get("dialect") or "")
