"""Helicone's API as far as an import sees it: one team's requests, asked for as its own service lets them be.

After `lib/stores/request/request.ts`: `limit` 10 where none is said and 1000 at most, rows as ClickHouse writes them,
bodies behind signed addresses or, for rows with `storage_location` clickhouse, in the row; every answer is
`{"data": …, "error": …}`.
"""

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

KEY = "sk-helicone-aaaaaaa-bbbbbbb-ccccccc-ddddddd"
_ELSEWHERE = {
    "helicone_message": "fetching body from signed_url... contact engineering@helicone.ai for more information"
}
_COMPARE = {
    "gte": lambda has, asked: has >= asked,
    "lte": lambda has, asked: has <= asked,
    "gt": lambda has, asked: has > asked,
    "lt": lambda has, asked: has < asked,
    "equals": lambda has, asked: has == asked,
}


@dataclass
class FakeHelicone:
    """The team's rows, and how the service behaves."""

    url: str = ""
    rows: list[dict[str, Any]] = field(default_factory=list)
    bodies: dict[str, Any] = field(default_factory=dict)
    """What lies at signed addresses, by request; a request without is gone: 403, as an address that has ended."""
    troubles: deque[tuple[int, dict[str, str], str]] = field(default_factory=deque)
    """Status, headers and body of the next answers, in place of what was asked for."""
    most_rows: int = 1000
    """A question for more fails, as one for more than the service can hold does."""
    by_second: bool = False
    """Whether times are compared by the second."""
    questions: list[dict[str, Any]] = field(default_factory=list)
    told_bodies: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    """Credentials that came to signed addresses."""

    def add(self, request: Any, response: Any, *, inline: bool = False, **columns: Any) -> dict[str, Any]:
        """Adds a request as the service would tell it."""
        row = {
            "response_id": None,
            "response_body": _ELSEWHERE,
            "response_status": 200,
            "request_body": _ELSEWHERE,
            "request_user_id": "",
            "request_properties": {},
            "provider": "OPENAI",
            "delay_ms": 800,
            "request_model": "gpt-4o-mini",
            "ai_gateway_body_mapping": "",
            "time_to_first_token": None,
            "total_tokens": 0,
            "completion_tokens": 0,
            "prompt_cache_read_tokens": 0,
            "prompt_cache_write_tokens": 0,
            "prompt_tokens": 0,
            "country_code": None,
            "scores": {},
            "properties": columns.get("request_properties", {}),
            "asset_ids": [],
            "target_url": "https://api.openai.com/v1/chat/completions",
            "cache_reference_id": str(UUID(int=0)),
            "request_referrer": "",
            "cache_enabled": 0,
            "cost": 0,
            "prompt_id": "",
            "prompt_version": "",
            "updated_at": "2026-11-01 00:00:00.000",
            "storage_location": "clickhouse" if inline else "s3",
            **columns,
        }
        if inline:
            row |= {"request_body": request, "response_body": response}
        else:
            self.bodies[row["request_id"]] = {"request": request, "response": response}
        self.rows.append(row)
        return row

    def answer(self, question: dict[str, Any]) -> tuple[int, Any]:
        limit, offset = question.get("limit", 10), question.get("offset", 0)
        if not 0 <= limit <= 1000:
            return 500, {"data": None, "error": "invalid limit"}
        if limit > self.most_rows:
            return 502, "bad gateway"
        descending = question["sort"]["created_at"] == "desc"
        found = [row for row in self.rows if self._fits(row, question["filter"])]
        found.sort(key=lambda row: row["request_created_at"], reverse=descending)
        page = [self._told(row) for row in found[offset : offset + limit]]
        return 200, {"data": page, "error": None}

    def _told(self, row: dict[str, Any]) -> dict[str, Any]:
        if row["storage_location"] == "clickhouse":
            return row
        body_of = row["request_id"] if row["cache_reference_id"] == str(UUID(int=0)) else row["cache_reference_id"]
        return row | {"signed_body_url": f"{self.url}/bucket/{body_of}?X-Amz-Signature=abc", "asset_urls": {}}

    def _fits(self, row: dict[str, Any], node: Any) -> bool:
        if node == "all":
            return True
        if "operator" in node:
            left, right = self._fits(row, node["left"]), self._fits(row, node["right"])
            return (left and right) if node["operator"] == "and" else (left or right)
        [(column, condition)] = node["request_response_rmt"].items()
        [(compare, asked)] = condition.items()
        return _COMPARE[compare](self._at(row[column]), self._at(asked))

    def _at(self, text: str) -> datetime:
        at = datetime.fromisoformat(text.removesuffix("Z"))
        return at.replace(microsecond=0) if self.by_second else at


@contextmanager
def running() -> Iterator[FakeHelicone]:
    """Serves on a free port in a thread, for as long as the block lasts."""
    fake = FakeHelicone()

    class Handler(_Handler):
        helicone = fake

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        fake.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    helicone: FakeHelicone

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/request/query-clickhouse":
            self._send(404, {"message": "Not Found"})
        elif self.headers.get("Authorization") != f"Bearer {KEY}":
            self._send(401, {"error": "Invalid API key"})
        elif self.helicone.troubles:
            status, headers, body = self.helicone.troubles.popleft()
            self._send(status, body, headers)
        else:
            self.helicone.questions.append(question)
            self._send(*self.helicone.answer(question))

    def do_GET(self) -> None:
        self.helicone.strangers.extend(self.headers.get_all("Authorization") or [])
        request_id = self.path.removeprefix("/bucket/").partition("?")[0]
        self.helicone.told_bodies.append(request_id)
        stored = self.helicone.bodies.get(request_id)
        self._send(403 if stored is None else 200, "expired" if stored is None else stored)

    def _send(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
        body = (content if isinstance(content, str) else json.dumps(content)).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
