"""A small api for the dashboard's tests: the planned routes, answered from generated requests by the engine itself.

It signs anybody in with the password `correct`, believes one token, and runs HQL unchecked.
"""

import json
import math
import random
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import polars as pl
import pyarrow as pa
from chdb.session import Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from api import formats
from hql.service import Result, ResultColumn
from warehouse.record import new_request_id
from warehouse.tables import REQUESTS

TOKEN = "a-session"
ORGANIZATION = "00000000-0000-7000-8000-000000000001"
EMAIL = "ada@example.com"

_MODELS = (
    # provider, model, weight, ms per output token, $ per million tokens in and out
    ("openai", "gpt-5-mini-2025-08-07", 9, 9, 0.25, 2.0),
    ("openai", "gpt-5-2025-08-07", 3, 18, 1.25, 10.0),
    ("openai", "gpt-4.1-mini-2025-04-14", 5, 8, 0.4, 1.6),
    ("anthropic", "claude-sonnet-4-5-20250929", 6, 16, 3.0, 15.0),
    ("anthropic", "claude-haiku-4-5-20251001", 4, 7, 1.0, 5.0),
    ("anthropic", "claude-opus-4-1-20250805", 1, 34, 15.0, 75.0),
    ("demo", "demo-small", 2, 4, None, None),
)
_SUBJECTS = ("a refund", "the weekly report", "an SQL query", "the release notes", "a support ticket", "a meeting")
_FAILURES = ((429, "rate_limited"), (500, "provider_error"), (None, "client_disconnected"), (400, "invalid_request"))


CONVERSATION = [
    {"role": "system", "text": "You answer briefly and never guess."},
    {"role": "user", "text": "What did order 4711 cost? <script>alert(1)</script> ![x](https://evil.example/x.png)"},
    {
        "role": "assistant",
        "text": "",
        "reasoning": "The price is in the orders table, so I look it up.",
        "tool_calls": [{"id": "call-1", "name": "find_order", "arguments": '{"number": 4711}'}],
    },
    {"role": "tool", "tool_results": [{"call_id": "call-1", "text": '{"total": "$12.30"}'}]},
    {"role": "assistant", "text": "Order **4711** cost $12.30, and shipping another $4.\n\n```sql\nselect 1\n```"},
]
REQUEST_BODY = '{"model": "gpt-5-mini", "messages": [{"role": "user", "content": "What did order 4711 cost?"}]}'
RESPONSE_BODY = '{"id": "chatcmpl-1", "choices": [{"message": {"role": "assistant", "content": "$12.30"}}]}'


def generated(now: datetime, count: int = 12_000, days: int = 30, seed: int = 7) -> pl.DataFrame:
    """Requests of the last days with the shape of a working week, an error burst and an unpriced model."""
    dice = random.Random(seed)
    rows = []
    while len(rows) < count:
        at = now - timedelta(seconds=dice.random() * days * 86_400)
        busy = (0.35 if at.weekday() > 4 else 1) * (0.55 + 0.45 * math.sin((at.hour - 8) / 24 * 2 * math.pi))
        if dice.random() < busy:
            rows.append(_request(dice, at, now))
    return pl.DataFrame(rows, infer_schema_length=None).sort("created_at")


def _request(dice: random.Random, at: datetime, now: datetime) -> dict[str, object]:
    provider, model, _, pace, price_in, price_out = dice.choices(_MODELS, [each[2] for each in _MODELS])[0]
    burst = timedelta(hours=5) < now - at < timedelta(hours=6, minutes=30)
    failure = dice.choice(_FAILURES) if dice.random() < (0.25 if burst else 0.015) else None
    tokens_in, tokens_out = int(dice.lognormvariate(7, 1)) + 20, int(dice.lognormvariate(5.3, 0.9)) + 5
    first = dice.lognormvariate(5.9, 0.5)
    cached = int(tokens_in * dice.choice((0, 0, 0.5, 0.8)))
    subject = dice.choice(_SUBJECTS)
    known = failure is None
    return {
        "organization_id": ORGANIZATION,
        "request_id": str(new_request_id(at)),
        "created_at": at,
        "status_code": failure[0] if failure else 200,
        "error_type": failure[1] if failure else None,
        "error_message": f"{failure[1]}: try again" if failure else None,
        "provider": provider,
        "request_model": model,
        "response_model": model if known else None,
        "user_id": f"user-{int(dice.paretovariate(0.9))}" if dice.random() < 0.9 else None,
        "session_id": f"session-{dice.randrange(900)}" if dice.random() < 0.6 else None,
        "properties": {"feature": dice.choice(("chat", "search", "summary")), "environment": "production"},
        "latency_ms": first + tokens_out * pace * dice.uniform(0.7, 1.4) if failure is None else first,
        "time_to_first_token_ms": first if known else None,
        "gateway_ms": dice.uniform(0.2, 1.5),
        "input_tokens": tokens_in if known else None,
        "output_tokens": tokens_out if known else None,
        "cache_read_tokens": cached if known else None,
        "reasoning_tokens": int(tokens_out * 0.4) if known and model.startswith("gpt-5") else None,
        "cost_usd": (tokens_in * price_in + tokens_out * price_out) / 1e6 if known and price_in else None,
        "cache_hit": known and dice.random() < 0.04,
        "request_preview": f"Write {subject} for customer {dice.randrange(400)}",
        "response_preview": f"Here is {subject}: …" if known else None,
    }


def engine(requests: pl.DataFrame) -> Session:
    """An engine with the requests in a table of the warehouse's columns."""
    session = Session()
    columns = ", ".join(
        f"{each.name} {each.type} {f'ALIAS {each.expression}' if each.expression else ''}" for each in REQUESTS.columns
    )
    session.query(f"create table requests ({columns}) engine = MergeTree order by (organization_id, created_at)")
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "requests.ndjson"
        file.write_bytes(b"\n".join(msgspec.json.encode(_written(row)) for row in requests.iter_rows(named=True)))
        session.query("set date_time_input_format = 'best_effort'")
        session.query(f"insert into requests from infile '{file}' format JSONEachRow")
    return session


def _written(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if value is not None}


class StandIn:
    """The api's routes; `down` makes every one fail like a part that is gone."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session = session
        self.now = now
        self.down = False
        self.problems: list[dict[str, str]] = []
        self.asked: list[dict[str, object]] = []
        self.app = Starlette(
            routes=[
                Route("/v1/auth/sign-in", self.sign_in, methods=["POST"]),
                Route("/v1/auth/redeem", self.redeem, methods=["POST"]),
                Route("/v1/auth/sign-out", self.sign_out, methods=["POST"]),
                Route("/v1/me", self.me),
                Route("/v1/freshness", self.freshness),
                Route("/v1/hql", self.hql, methods=["POST"]),
                Route("/v1/hql/schema", self.schema),
                Route("/v1/requests/{id}", self.request),
                Route("/v1/requests/{id}/body/{side}", self.body),
            ]
        )
        self.used_links: set[str] = set()

    def _refusal(self, request: Request) -> Response | None:
        if self.down:
            return _problem(503, "warehouse_unavailable", "the warehouse does not answer; try again")
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _problem(401, "signed_out", "this session is unknown or has ended")
        return None

    async def sign_in(self, request: Request) -> Response:
        if (await request.json())["password"] != "correct":
            return _problem(401, "wrong_credentials", "email and password do not fit")
        return self._session()

    async def redeem(self, request: Request) -> Response:
        link = (await request.json())["token"]
        if link in self.used_links:
            return _problem(401, "wrong_credentials", "this sign-in link was used or has expired; ask for a new one")
        self.used_links.add(link)
        return self._session()

    def _session(self) -> Response:
        return JSONResponse({"token": TOKEN, "expires_at": (datetime.now(UTC) + timedelta(days=14)).isoformat()})

    def sign_out(self, _: Request) -> Response:
        return Response(status_code=204)

    def me(self, request: Request) -> Response:
        organization = {"id": ORGANIZATION, "name": "Acme Research", "role": "owner"}
        user = {"id": ORGANIZATION, "email": EMAIL, "name": "Ada Lovelace"}
        return self._refusal(request) or JSONResponse({"user": user, "key": None, "organizations": [organization]})

    def freshness(self, request: Request) -> Response:
        told = {
            "checked_at": self.now.isoformat(),
            "last_loaded_at": (self.now - timedelta(seconds=4)).isoformat(),
            "last_created_at": (self.now - timedelta(seconds=6)).isoformat(),
            "row_count": 12_000,
            "lag_ms_p50": 1400.0,
            "lag_ms_p95": 2300.0,
            "pending_segments": 0,
            "problems": self.problems,
        }
        return self._refusal(request) or JSONResponse(told)

    async def hql(self, request: Request) -> Response:
        asked = await request.json()
        self.asked.append(asked)
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        parameters = {name: _literal(value) for name, value in asked["parameters"].items()}
        try:
            described = json.loads(
                self.session.query(f"describe ({asked['sql']})", "JSONCompact", params=parameters).bytes()
            )["data"]
            got = self.session.query(asked["sql"], "ArrowStream", params=parameters)
        except RuntimeError as error:
            return _problem(400, "engine", str(error)[:400], line=1, column=8)
        table = pa.ipc.open_stream(got.bytes()).read_all()
        columns = tuple(ResultColumn(row[0], row[1]) for row in described)
        result = Result(
            columns, _readable(table, columns), table.num_rows, False, 12.5, got.rows_read(), 0, "miss", 0.0, "query-1"
        )
        written = formats.WRITERS[asked["format"]]
        return StreamingResponse(written.write(result), headers=formats.headers(result), media_type=written.media_type)

    def schema(self, request: Request) -> Response:
        from hql.catalog import build_catalog

        return self._refusal(request) or JSONResponse(build_catalog().as_dict())

    def request(self, request: Request) -> Response:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        id = request.path_params["id"]
        columns = ", ".join(column.name for column in REQUESTS.columns)
        found = self.session.query(
            f"select {columns} from requests where request_id = {{id:UUID}}",
            "JSONEachRow",
            params={"id": id},
        ).bytes()
        if not found:
            return _problem(404, "not_found", "there is no such request")
        row = json.loads(found)
        for name in ("created_at", "completed_at", "loaded_at"):
            row[name] = f"{row[name].replace(' ', 'T')}Z"
        names = ("cost_usd", "price_source", "price_version", "provider_cost_usd", "saved_cost_usd")
        body = {"is_kept": True, "is_omitted": False, "is_truncated": False, "bytes": 120}
        return JSONResponse(
            {
                "request": row,
                "cost": {name: row[name] for name in names},
                "messages": CONVERSATION,
                "request_headers": [{"name": "content-type", "value": "application/json"}],
                "response_headers": [{"name": "content-type", "value": "application/json"}],
                "bodies": {side: body | {"content_type": "application/json"} for side in ("request", "response")},
            }
        )

    def body(self, request: Request) -> Response:
        content = REQUEST_BODY if request.path_params["side"] == "request" else RESPONSE_BODY
        return self._refusal(request) or PlainTextResponse(content, media_type="application/json")


def _readable(table: pa.Table, columns: tuple[ResultColumn, ...]) -> pa.Table:
    """UUIDs as text and times as timestamps, as the api writes them."""
    for place, column in enumerate(columns):
        values = table.column(place)
        if "UUID" in column.type:
            texts = [None if value is None else str(value) for value in values.to_pylist()]
            table = table.set_column(place, column.name, pa.array(texts, pa.string()))
        elif column.type.startswith("DateTime("):
            table = table.set_column(place, column.name, values.cast(pa.int64()).cast(pa.timestamp("s", "UTC")))
        elif pa.types.is_binary(values.type):
            table = table.set_column(place, column.name, values.cast(pa.string()))
    return table


def _literal(value: object) -> str:
    if isinstance(value, list):
        return "[" + ",".join("'" + str(item).replace("'", "\\'") + "'" for item in value) + "]"
    return str(value)


def _problem(status: int, code: str, message: str, **place: int) -> Response:
    return JSONResponse({"error": {"code": code, "message": message, **place}}, status)


def main() -> None:
    """Serves the stand-in on the given port, to look at the dashboard without the rest."""
    import uvicorn

    now = datetime.now(UTC)
    uvicorn.run(StandIn(engine(generated(now)), now).app, port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
