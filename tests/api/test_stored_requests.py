import base64
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import cast
from uuid import UUID

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from api.cost import cost_of
from api.parts import Parts
from control import organizations
from hql.serving.service import Result
from tests.api.conftest import NOW, GivenAnswers, a_result
from warehouse import record, tables
from warehouse.object_store import StoreUnavailable
from warehouse.rawlog.segment import compress
from warehouse.record import Exchange, Pair

SEGMENT = "raw/v1/dt=2026-11-03/01KA00000000000000000000-test.ndjson.zst"
ASKED = '{"model": "gpt-5-mini", "messages": [{"role": "user", "content": "Grüezi"}]}'
ANSWERED = '{"model": "gpt-5-mini", "choices": [{"message": {"role": "assistant", "content": "Hallo"}}]}'


def an_exchange(organization_id: UUID, **fields: object) -> Exchange:
    base: dict[str, object] = {
        "request_id": record.new_request_id(NOW),
        "organization_id": organization_id,
        "created_at": NOW,
        "completed_at": NOW + timedelta(seconds=1),
        "provider": "openai",
        "dialect": "chat_completions",
        "attempts": [
            record.Attempt(
                provider="openai", host="api.openai.com:443", started_at=NOW, duration_ms=900, status_code=200
            )
        ],
        "request_headers": [Pair("content-type", "application/json")],
        "response_headers": [Pair("Content-Type", "application/json; charset=utf-8")],
        "request_body": ASKED,
        "request_body_bytes": len(ASKED.encode()),
        "response_body": ANSWERED,
        "response_body_bytes": len(ANSWERED.encode()),
    }
    return Exchange(**(base | fields))  # type: ignore[arg-type]


def row_of(exchange: Exchange, frame_length: int) -> dict[str, object]:
    empty: dict[str, object] = dict.fromkeys(column.name for column in tables.REQUESTS.columns)
    del empty["organization_id"]
    return empty | {
        "request_id": str(exchange.request_id),
        "created_at": exchange.created_at,
        "provider": exchange.provider,
        "model": "gpt-5-mini",
        "input_tokens": 1000,
        "output_tokens": 100,
        "cache_read_tokens": 400,
        "cost_usd": Decimal("0.00036"),
        "price_source": "exact",
        "segment": SEGMENT,
        "frame_offset": 0,
        "frame_length": frame_length,
        "frame_line": 1,
    }


Store = Callable[..., Exchange]


@pytest.fixture
def store(parts: Parts, answers: GivenAnswers, acme) -> Store:
    """Stores an exchange of Acme as the second line of a segment; queries of Acme find its row."""

    def put(
        scores: Sequence[dict[str, object]] = (), edits: Sequence[dict[str, object]] = (), **fields: object
    ) -> Exchange:
        said = {"scores": list(scores), "property_edits": list(edits)}
        exchange = an_exchange(acme.id, **fields)
        neighbour = an_exchange(UUID(int=9), request_body="not for Acme")
        segment = compress(record.encode(neighbour) + record.encode(exchange))
        parts.raw_log.put(SEGMENT, segment)
        row = row_of(exchange, len(segment))

        def answer(organization_id: UUID, sql: str) -> Result:
            for table, rows in said.items():
                if f"from {table}" in sql:
                    return a_result(pa.Table.from_pylist(rows))
            asked = cast("dict[str, object]", answers.asked[-1][2]["parameters"])
            is_found = organization_id == acme.id and asked["request_id"] == row["request_id"]
            return a_result(pa.Table.from_pylist([row]).slice(0, int(is_found)))

        answers.answer = answer
        return exchange

    return put


def test_a_request_comes_with_its_conversation(client: TestClient, key_of, store: Store):
    exchange = store()
    body = client.get(f"/v1/requests/{exchange.request_id}", headers=key_of("query")).json()
    assert body["request"]["request_id"] == str(exchange.request_id)
    assert [(message["role"], message["text"]) for message in body["messages"]] == [
        ("user", "Grüezi"),
        ("assistant", "Hallo"),
    ]
    assert body["attempts"][0]["host"] == "api.openai.com:443"
    assert body["request_headers"] == [{"name": "content-type", "value": "application/json"}]
    assert body["cost"]["price_source"] == "exact"
    assert [(part["name"], part["tokens"], part["cost_usd"]) for part in body["cost"]["parts"]] == [
        ("input", 600, 0.00015),
        ("cache_read", 400, 0.00001),
        ("output", 100, 0.0002),
    ]
    assert body["bodies"]["request"]["bytes"] == len(ASKED.encode())
    assert body["problem"] is None


def test_a_request_comes_with_what_was_said_of_it(client: TestClient, key_of, store: Store):
    scores = [{"name": "quality", "value": 0.5, "created_at": NOW}, {"name": "feedback", "value": 1.0}]
    exchange = store(scores=scores, edits=[{"name": "team", "value": "b"}])
    body = client.get(f"/v1/requests/{exchange.request_id}", headers=key_of("query")).json()
    assert [(each["name"], each["value"]) for each in body["scores"]] == [("quality", 0.5), ("feedback", 1.0)]
    assert body["property_edits"] == [{"name": "team", "value": "b"}]


def test_a_call_that_was_translated_says_into_what_and_what_its_caller_was_told(
    client: TestClient, key_of, store: Store
):
    exchange = store(path="/v1/messages", warnings=["seed is left out: messages has no such field"])
    body = client.get(f"/v1/requests/{exchange.request_id}", headers=key_of("query")).json()
    assert (body["translated_to"], body["warnings"]) == ("messages", exchange.warnings)


def test_a_call_in_the_dialect_of_its_provider_was_not_translated(client: TestClient, key_of, store: Store):
    exchange = store(path="/v1/chat/completions")
    body = client.get(f"/v1/requests/{exchange.request_id}", headers=key_of("query")).json()
    assert (body["translated_to"], body["warnings"]) == (None, [])


def test_a_cost_that_the_price_lists_do_not_give_is_not_taken_apart():
    row = dict.fromkeys(column.name for column in tables.REQUESTS.columns)
    row |= {"provider": "openai", "model": "gpt-5-mini", "created_at": NOW, "input_tokens": 1000, "output_tokens": 100}
    row |= {"price_source": "exact", "cost_usd": Decimal("0.5")}
    assert cost_of(row).parts == ()
    assert cost_of(row).cost_usd == Decimal("0.5")
    assert cost_of(row | {"cost_usd": None, "model": "unheard-of"}).parts == ()


def test_a_body_comes_byte_for_byte(client: TestClient, key_of, store: Store):
    exchange = store()
    headers = key_of("query")
    asked = client.get(f"/v1/requests/{exchange.request_id}/body/request", headers=headers)
    assert asked.content == ASKED.encode()
    assert asked.headers["Content-Type"] == "application/json"
    answered = client.get(f"/v1/requests/{exchange.request_id}/body/response", headers=headers)
    assert answered.content == ANSWERED.encode()
    assert answered.headers["Content-Type"] == "application/json; charset=utf-8"


def test_a_body_of_bytes_comes_byte_for_byte(client: TestClient, key_of, store: Store):
    exchange = store(
        response_body=base64.b64encode(b"\xff\xd8jpeg").decode(),
        response_body_encoding="base64",
        response_headers=[Pair("content-type", "image/jpeg")],
    )
    answered = client.get(f"/v1/requests/{exchange.request_id}/body/response", headers=key_of("query"))
    assert answered.content == b"\xff\xd8jpeg"
    assert answered.headers["Content-Type"] == "image/jpeg"


def test_no_body_runs_as_a_page(client: TestClient, key_of, store: Store):
    exchange = store(
        response_body="<script>alert(1)</script>", response_headers=[Pair("content-type", "text/html\r\nX-Evil: 1")]
    )
    answered = client.get(f"/v1/requests/{exchange.request_id}/body/response", headers=key_of("query"))
    assert answered.headers["Content-Type"] == "application/octet-stream"
    assert answered.headers["Content-Disposition"].startswith("attachment")
    assert answered.headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Evil" not in answered.headers


def test_a_body_that_was_left_out_or_cut_says_so(client: TestClient, key_of, store: Store):
    exchange = store(
        request_body=None,
        request_body_omitted=True,
        response_body="half",
        response_body_bytes=8,
        response_body_truncated=True,
    )
    omitted = client.get(f"/v1/requests/{exchange.request_id}/body/request", headers=key_of("query"))
    assert (omitted.status_code, omitted.content, omitted.headers["Weir-Body-Omitted"]) == (204, b"", "true")
    cut = client.get(f"/v1/requests/{exchange.request_id}/body/response", headers=key_of("query"))
    assert (cut.status_code, cut.content) == (200, b"half")
    assert (cut.headers["Weir-Body-Truncated"], cut.headers["Weir-Body-Bytes"]) == ("true", "8")


def test_a_dialect_we_do_not_parse_has_no_conversation(client: TestClient, key_of, store: Store):
    exchange = store(dialect=None)
    assert client.get(f"/v1/requests/{exchange.request_id}", headers=key_of("query")).json()["messages"] == []


@pytest.mark.parametrize("suffix", ["", "/body/request", "/body/response"])
def test_unknown_and_foreign_ids_read_the_same(client: TestClient, parts: Parts, key_of, store: Store, suffix: str):
    exchange = store()
    other = organizations.create(parts.database, "Other", now=NOW)
    unknown_id = record.new_request_id(NOW)
    foreign = client.get(f"/v1/requests/{exchange.request_id}{suffix}", headers=key_of("query", organization=other))
    unknown = client.get(f"/v1/requests/{unknown_id}{suffix}", headers=key_of("query"))
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.text == unknown.text.replace(str(unknown_id), str(exchange.request_id))


def test_a_row_that_points_at_the_record_of_another_organization_shows_nothing(
    client: TestClient, parts: Parts, key_of, store: Store, acme
):
    exchange = store()
    foreign = an_exchange(UUID(int=9), request_body="secret of another")
    segment = compress(record.encode(foreign) * 2)
    parts.raw_log.put(SEGMENT, segment.ljust(len(compress(record.encode(exchange) * 2)) + 100, b"\0"))
    for suffix in ("", "/body/request"):
        refused = client.get(f"/v1/requests/{exchange.request_id}{suffix}", headers=key_of("query"))
        assert refused.status_code >= 400 or refused.json()["messages"] == []
        assert "secret of another" not in refused.text


def test_a_segment_that_is_gone_is_told_and_the_row_stays(client: TestClient, parts: Parts, key_of, store: Store):
    exchange = store()
    parts.raw_log.delete(SEGMENT)
    body = client.get(f"/v1/requests/{exchange.request_id}/body/request", headers=key_of("query"))
    assert (body.status_code, body.json()["error"]["code"]) == (410, "bodies_gone")
    row = client.get(f"/v1/requests/{exchange.request_id}", headers=key_of("query")).json()
    assert row["request"]["request_id"] == str(exchange.request_id)
    assert "cannot be read any more" in row["problem"]


def test_without_the_object_store_the_row_stays(
    client: TestClient, parts: Parts, key_of, store: Store, monkeypatch: pytest.MonkeyPatch
):
    exchange = store()

    def away(*_arguments: object) -> bytes:
        raise StoreUnavailable("no route to host")

    monkeypatch.setattr(type(parts.raw_log), "get_range", away)
    body = client.get(f"/v1/requests/{exchange.request_id}/body/request", headers=key_of("query"))
    assert (body.status_code, body.json()["error"]["code"]) == (503, "object_store_unavailable")
    row = client.get(f"/v1/requests/{exchange.request_id}", headers=key_of("query")).json()
    assert "object store does not answer" in row["problem"]


def test_a_body_is_one_range_read(
    client: TestClient, parts: Parts, key_of, store: Store, monkeypatch: pytest.MonkeyPatch
):
    exchange = store()
    reads: list[tuple[object, ...]] = []
    kind = type(parts.raw_log)
    real = kind.get_range

    def counting(self: object, *arguments: object) -> bytes:
        reads.append(arguments)
        return real(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(kind, "get_range", counting)
    client.get(f"/v1/requests/{exchange.request_id}/body/response", headers=key_of("query"))
    assert len(reads) == 1
