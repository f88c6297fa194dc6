"""A request as a command that makes it again."""

import shlex

from app.api_client.values import StoredRequest

_LONGEST_BODY = 20_000


def command(stored: StoredRequest, body: bytes | None, gateway_url: str) -> str:
    """Returns the curl command; credentials were never kept, so it names where to put one's own."""
    row = stored.request
    url = f"{gateway_url.rstrip('/')}/{row['provider']}{row['path']}"
    lines = [f"curl {shlex.quote(url)}"]
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
