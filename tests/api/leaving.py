"""A client that asks for something and hangs up before the answer, spoken to the app directly."""

import json
from collections.abc import Callable
from typing import Any

from anyio import to_thread
from fastapi import FastAPI


async def post_and_leave(app: FastAPI, headers: dict[str, str], sql: str, leave_after: Callable[[], object]) -> int:
    """Posts a query, hangs up when `leave_after` returns, and tells the status nobody read."""
    messages = [{"type": "http.request", "body": json.dumps({"sql": sql}).encode(), "more_body": False}]
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        await to_thread.run_sync(leave_after)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    sent = headers | {"content-type": "application/json"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/hql",
        "raw_path": b"/v1/hql",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "http_version": "1.1",
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "root_path": "",
        "asgi": {"version": "3.0"},
    }
    await app(scope, receive, send)
    return statuses[0]
