"""Batches as OpenAI and Anthropic keep them: done as soon as somebody asks again."""

import itertools
import time
from typing import Any

import msgspec

from weir.upstream.exchange import NotThere, Question, Reply

_serial = itertools.count(1)


def batches(question: Question) -> Reply:
    """Starts one of OpenAI's batches, or lists them."""
    if question.method != "POST":
        return _json({"object": "list", "data": list(question.kept.batches.values()), "has_more": False})
    asked = msgspec.json.decode(question.body)
    if not isinstance(asked, dict):
        raise msgspec.ValidationError("a batch is an object")
    batch = {
        "id": f"batch_{next(_serial):024x}",
        "object": "batch",
        "endpoint": asked.get("endpoint"),
        "errors": None,
        "input_file_id": asked.get("input_file_id"),
        "completion_window": asked.get("completion_window", "24h"),
        "status": "validating",
        "output_file_id": None,
        "error_file_id": None,
        "created_at": int(time.time()),
        "request_counts": {"total": 0, "completed": 0, "failed": 0},
        "metadata": asked.get("metadata"),
    }
    question.kept.batches[batch["id"]] = batch
    return _json(batch)


def batch(question: Question) -> Reply:
    known = _find(question)
    if known["status"] == "validating":
        known |= {"status": "completed", "completed_at": int(time.time()), "output_file_id": "file-output"}
    return _json(known)


def batch_cancel(question: Question) -> Reply:
    known = _find(question)
    known |= {"status": "cancelling", "cancelling_at": int(time.time())}
    return _json(known)


def message_batches(question: Question) -> Reply:
    """Starts one of Anthropic's batches, or lists them."""
    if question.method != "POST":
        known = [batch for batch in question.kept.batches.values() if batch.get("type") == "message_batch"]
        ends = {"first_id": known[0]["id"] if known else None, "last_id": known[-1]["id"] if known else None}
        return _json({"data": [_told(batch) for batch in known], "has_more": False, **ends})
    asked = msgspec.json.decode(question.body)
    requests = asked.get("requests", []) if isinstance(asked, dict) else []
    batch: dict[str, Any] = {
        "id": f"msgbatch_{next(_serial):024x}",
        "type": "message_batch",
        "processing_status": "in_progress",
        "request_counts": {"processing": len(requests), "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0},
        "ended_at": None,
        "created_at": "2026-01-01T00:00:00Z",
        "expires_at": "2026-01-02T00:00:00Z",
        "archived_at": None,
        "cancel_initiated_at": None,
        "results_url": None,
        "requests": requests,
    }
    question.kept.batches[batch["id"]] = batch
    return _json(_told(batch))


def message_batch(question: Question) -> Reply:
    """Tells of one batch, which has ended by now; or deletes it."""
    known = _find(question)
    if question.method == "DELETE":
        del question.kept.batches[known["id"]]
        return _json({"id": known["id"], "type": "message_batch_deleted"})
    if known["processing_status"] == "in_progress":
        counts = known["request_counts"] | {"processing": 0, "succeeded": len(known["requests"])}
        known |= {"processing_status": "ended", "ended_at": "2026-01-01T00:10:00Z", "request_counts": counts}
        known["results_url"] = f"https://api.anthropic.com/v1/messages/batches/{known['id']}/results"
    return _json(_told(known))


def message_batch_cancel(question: Question) -> Reply:
    known = _find(question)
    known |= {"processing_status": "canceling", "cancel_initiated_at": "2026-01-01T00:05:00Z"}
    return _json(_told(known))


def message_batch_results(question: Question) -> Reply:
    """Returns a line for every request of a batch."""
    lines = []
    for request in _find(question)["requests"]:
        message = {
            "id": f"msg_{next(_serial):024x}",
            "type": "message",
            "role": "assistant",
            "model": request.get("params", {}).get("model"),
            "content": [{"type": "text", "text": "water"}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 5, "output_tokens": 1, "service_tier": "batch"},
        }
        result = {"type": "succeeded", "message": message}
        lines.append(msgspec.json.encode({"custom_id": request.get("custom_id"), "result": result}) + b"\n")
    return Reply(b"".join(lines), b"application/x-jsonl")


def _find(question: Question) -> dict[str, Any]:
    known: dict[str, Any] | None = question.kept.batches.get(question.route.id)
    if known is None:
        raise NotThere(f"No batch found with id '{question.route.id}'.")
    return known


def _told(batch: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in batch.items() if name != "requests"}


def _json(value: Any) -> Reply:
    return Reply(msgspec.json.encode(value))
