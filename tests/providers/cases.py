"""Reads the cases of this package's fixtures: what somebody wrote on the wire, and the facts it holds."""

import base64
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from providers.event_stream import write_frame
from providers.facts import RequestFacts, ResponseFacts
from providers.usage import Usage

FIXTURES = Path(__file__).parent / "fixtures"


def load(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return cases


def stream(name: str) -> bytes:
    """The bytes of a stream: server-sent events, Google's JSON array, or Amazon's frames."""
    directory = FIXTURES / "streams"
    frames = directory / f"{name}.frames.json"
    if frames.exists():
        return b"".join(map(frame, json.loads(frames.read_text(encoding="utf-8"))))
    events = directory / f"{name}.sse"
    return events.read_bytes() if events.exists() else events.with_suffix(".json").read_bytes()


def frame(written: dict[str, Any]) -> bytes:
    """Writes one of Amazon's frames: an event, an exception, or a chunk that wraps somebody else's event."""
    if "chunk" in written:
        inner = base64.b64encode(json.dumps(written["chunk"]).encode()).decode()
        written = {"event": "chunk", "payload": {"bytes": inner, "p": "abcdefghijk"}}
    kind = "event" if "event" in written else "exception"
    headers = {f":{kind}-type": written[kind], ":content-type": "application/json", ":message-type": kind}
    return write_frame(headers, json.dumps(written["payload"], ensure_ascii=False).encode(errors="replace"))


def body_of(case: dict[str, Any]) -> bytes:
    return case["text"].encode() if "text" in case else json.dumps(case["body"], ensure_ascii=False).encode()


def response_facts(facts: dict[str, Any]) -> ResponseFacts:
    """The facts a case names; every other one is expected to be unknown."""
    known = dict(facts)
    if "usage" in known:
        known["usage"] = Usage(**known["usage"])
    if "provider_cost_usd" in known:
        known["provider_cost_usd"] = Decimal(known["provider_cost_usd"])
    known.setdefault("text_chars", len(known.get("preview", "")))
    return ResponseFacts(**known)


def request_facts(facts: dict[str, Any]) -> RequestFacts:
    return RequestFacts(**facts)
