"""Records for tests, with only what a test cares about spelled out."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from warehouse import record

ORGANIZATION = UUID("0193b3c0-0000-7000-8000-00000000000a")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = date(2026, 11, 20)
LATER = NOON + timedelta(days=3)
"""When something is said of the calls of that day."""


def exchange(created_at: datetime = NOON, **fields: Any) -> record.Exchange:
    """A chat call as the gateway records it."""
    given = {
        "request_id": record.new_request_id(created_at),
        "organization_id": ORGANIZATION,
        "created_at": created_at,
        "completed_at": created_at + timedelta(milliseconds=800),
        "provider": "openai",
        "dialect": "chat_completions",
        "request_model": "gpt-4o-mini",
        "status_code": 200,
        "latency_ms": 800.0,
        "usage_source": "reported",
        "input_tokens": 100,
        "output_tokens": 20,
        "request_body": '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello"}]}',
    }
    return record.Exchange(**(given | fields))


def line(created_at: datetime = NOON, **fields: Any) -> bytes:
    """One line of a segment."""
    return record.encode(exchange(created_at, **fields)).rstrip(b"\n")


def said(kind: type[msgspec.Struct], **fields: Any) -> bytes:
    """One line of a segment that says something of a request."""
    own_id = "edit_id" if kind is record.PropertyEdit else "score_id"
    given = {own_id: record.new_request_id(LATER), "organization_id": ORGANIZATION, "created_at": LATER}
    return record.encode(kind(**(given | fields))).rstrip(b"\n")
