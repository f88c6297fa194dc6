"""HQL over HTTP."""

from dataclasses import asdict
from typing import Any
from uuid import uuid4

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field
from starlette.background import BackgroundTask

from api import formats
from api.asking import unless_client_leaves
from api.auth import Reader
from api.formats import Format
from api.parts import FromApp
from api.routes import history
from api.shapes import Received, Shown
from control.query_history import Outcome
from hql.errors import HqlError
from hql.serving.service import Result

router = APIRouter(prefix="/v1/hql", tags=["HQL"])


class Query(Received):
    sql: str = Field(min_length=1, examples=["select model, count() from requests group by model"])
    """One SELECT over the tables that `GET /v1/hql/schema` lists."""
    parameters: dict[str, Any] = {}
    """Values of the typed parameters, such as `{days:UInt8}`."""
    format: Format | None = None
    """Without it, what the Accept header asks for; else JSON."""
    limit: int | None = Field(default=None, ge=1)
    """Most rows to answer with; the answer says if there were more."""
    fresh: bool = False
    """Whether to pass over the cache."""
    max_age: float | None = Field(default=None, ge=0)
    """Accept a cached answer that many seconds old though newer data came."""
    timeout: float | None = Field(default=None, gt=0)
    """Most seconds the query may run."""
    remember: bool = False
    """Whether to keep the text in the caller's history."""


class Statement(Received):
    sql: str = Field(min_length=1)


class BoundStatement(Statement):
    parameters: dict[str, Any] = {}
    """Values of the typed parameters, such as `{days:UInt8}`."""


class ShownColumn(Shown):
    name: str
    type: str


class Validation(Shown):
    sql: str
    """What would be run."""
    tables: list[str]
    parameters: dict[str, str]
    """Types of the parameters the query needs, by name."""
    columns: list[ShownColumn]


class TableEstimate(Shown):
    table: str
    """A stored table; a table under another name reads the one behind it."""
    rows: int
    """Rows to read, at most as many as the organization has."""
    parts: int
    """Files of the table that hold some of them."""
    granules: int
    """Blocks of rows to read: the unit in which the engine reads."""


class Explanation(Shown):
    rows: int
    """Rows to read of all tables together."""
    tables: list[TableEstimate]
    """Without tables that nothing is read of, or that only subqueries in conditions read."""


@router.post(
    "",
    response_class=Response,
    responses={200: {"content": {each.media_type: {} for each in formats.WRITERS.values()}}},
)
async def run(query: Query, caller: Reader, parts: FromApp, request: Request) -> Response:
    """Runs one query. A client that goes away cancels it."""
    query_id = uuid4().hex
    format = query.format or formats.format_for(request.headers.get("accept"))

    def ask() -> tuple[Result, Response]:
        result = parts.hql.query(
            caller.organization_id,
            query.sql,
            parameters=query.parameters,
            limit=query.limit,
            fresh=query.fresh,
            max_age=query.max_age,
            timeout=query.timeout,
            query_id=query_id,
        )
        parts.metrics.queried(result.cache)
        return result, formats.response(result, format)

    def remember(outcome: Outcome) -> None:
        history.remember(parts, caller, query.sql, query.parameters, outcome)

    try:
        result, response = await unless_client_leaves(request, parts, query_id, ask)
    except HqlError as error:
        if query.remember:
            await to_thread.run_sync(remember, Outcome(error_code=error.problem.code))
        raise
    if query.remember:
        # After the answer, which need not wait for it.
        response.background = BackgroundTask(remember, Outcome(result.elapsed_ms, result.row_count))
    return response


@router.post("/validate")
def validate(statement: Statement, caller: Reader, parts: FromApp) -> Validation:
    """Says whether a query could be run and what it would answer, without reading rows."""
    valid = parts.hql.validate(caller.organization_id, statement.sql)
    return Validation(
        sql=valid.sql,
        tables=list(valid.tables),
        parameters=dict(valid.parameters),
        columns=[ShownColumn(name=column.name, type=column.type) for column in valid.columns],
    )


@router.post("/explain")
def explain(statement: BoundStatement, caller: Reader, parts: FromApp) -> Explanation:
    """Says what a query would read, as the engine estimates it, without running it."""
    found = parts.hql.explain(caller.organization_id, statement.sql, parameters=statement.parameters)
    tables = [TableEstimate(**asdict(estimate)) for estimate in found]
    return Explanation(rows=sum(each.rows for each in tables), tables=tables)


@router.get("/schema")
def schema(_caller: Reader, parts: FromApp) -> dict[str, Any]:
    """Returns the tables, columns and functions a query may use."""
    return parts.hql.schema().as_dict()
