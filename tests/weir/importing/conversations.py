"""Requests and answers as a team has them at Helicone."""

from typing import Any
from uuid import UUID

CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "What is the capital of France?"}]}
CHAT_ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Paris."}}],
    "usage": {
        "prompt_tokens": 14,
        "completion_tokens": 3,
        "total_tokens": 17,
        "prompt_tokens_details": {"cached_tokens": 4},
    },
}
CLAUDE = {"model": "claude-sonnet-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hello"}]}
CLAUDE_ANSWER = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5-20250929",
    "content": [{"type": "text", "text": "Hi!"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 8, "cache_read_input_tokens": 100, "output_tokens": 4},
}


def number(of: int) -> str:
    """The id of a request, by its number."""
    return str(UUID(int=of + (4 << 76) + (2 << 62)))


def plain(of: int, at: str, **columns: Any) -> dict[str, Any]:
    """The columns of one request."""
    return {"request_id": number(of), "request_created_at": at, "response_created_at": at, **columns}
