"""The four dialects in which clients ask, and how each says that an answer is over, or broken."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

MESSAGES = [{"role": "user", "content": "How deep is the water?"}]


@dataclass(frozen=True)
class Caller:
    """One dialect as a client speaks it."""

    path: str
    body: dict[str, Any]
    over: bytes
    """What only a stream that was answered to its end has."""
    broken: bytes
    """What a stream has that ended with an error."""

    def asks(self, model: str, *, stream: bool) -> dict[str, Any]:
        """Returns a question as httpx takes it."""
        if self.path.startswith("/v1beta"):
            verb = "streamGenerateContent?alt=sse" if stream else "generateContent"
            return {"url": f"{self.path}/{quote(model, safe='+=')}:{verb}", "json": self.body}
        return {"url": self.path, "json": {"model": model, **self.body, **({"stream": True} if stream else {})}}


CALLERS = {
    "chat_completions": Caller("/v1/chat/completions", {"messages": MESSAGES}, b"[DONE]", b'data: {"error":{'),
    "messages": Caller("/v1/messages", {"messages": MESSAGES, "max_tokens": 64}, b'"message_stop"', b"event: error\n"),
    "responses": Caller(
        "/v1/responses", {"input": "How deep?"}, b'"response.completed"', b'"code":"upstream_disconnected"'
    ),
    "gemini": Caller(
        "/v1beta/models", {"contents": [{"role": "user", "parts": [{"text": "How deep?"}]}]}, b'"STOP"', b'{"error":{'
    ),
}

NATIVE = {"openai/gpt-4o": ("chat_completions", "responses"), "anthropic/claude-x": ("messages",)}
NATIVE |= {
    "google/gemini-2.5-flash": ("gemini",),
    "bedrock/claude-sonnet-4-5": ("chat_completions", "responses"),
}

TRANSLATED = [(name, model) for name in CALLERS for model, native in NATIVE.items() if name not in native]
"""Who asks, and whom, so that the answer has to be translated."""


async def all_that_came(client: httpx.AsyncClient, **request: Any) -> tuple[bytes, bool]:
    """Reads a response as far as it goes; returns that, and whether it ended as HTTP says."""
    came = b""
    async with client.stream("POST", **request) as answer:
        assert answer.status_code == 200, await answer.aread()
        try:
            async for chunk in answer.aiter_raw():
                came += chunk
        except httpx.RemoteProtocolError:
            return came, False
    return came, True
