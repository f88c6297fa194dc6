"""Further ports of the gateway, each with a path that is put in front of what arrives there.

Helicone serves its doors on ports of their own: what comes to 8790 is meant for Anthropic, so `/v1/messages` there is
`/anthropic/v1/messages` here. On 8788 (logs) and 8789 (target URLs) paths are what they are here.
"""

from collections.abc import Mapping

from gateway.asgi import App, Receive, Scope, Send


def with_prefixes(app: App, prefixes: Mapping[int, str]) -> App:
    """Returns the app with the paths of some ports moved behind a prefix."""
    moved = {port: prefix.rstrip("/") for port, prefix in prefixes.items() if prefix.rstrip("/")}
    if not moved:
        return app

    async def prefixed(scope: Scope, receive: Receive, send: Send) -> None:
        prefix = moved.get(scope["server"][1]) if scope["type"] == "http" and scope.get("server") else None
        if prefix is not None:
            raw_path = scope.get("raw_path") or scope["path"].encode()
            scope = {**scope, "path": prefix + scope["path"], "raw_path": prefix.encode() + raw_path}
        await app(scope, receive, send)

    return prefixed
