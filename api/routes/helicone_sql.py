"""HQL under Helicone's paths, in its envelope: for clients that were written for it.

New ones use `/v1/hql`, which has parameters, formats and more rows.
"""

from typing import Any
from uuid import UUID, uuid4

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from api.asking import unless_client_leaves
from api.auth import Reader
from api.helicone_envelope import DOCUMENTED, HeliconeError, HeliconeRoute, data, helicone_error
from api.parts import FromApp
from api.routes.jobs import result_url, until_ended
from api.routes.saved_queries import WrittenQuery, checked
from api.rows import json_rows
from api.shapes import Received
from control import saved_queries
from control.query_jobs import ACTIVE, Spec
from control.saved_queries import MOST_NAME_CHARACTERS, SavedQuery

router = APIRouter(prefix="/v1/helicone-sql", tags=["Helicone"], route_class=HeliconeRoute, responses=DOCUMENTED)

MOST_ROWS = 100
"""How many rows Helicone answers with, whatever LIMIT the query has."""

MOST_SECONDS = 300.0
"""How long a download may take."""

_NO_COLUMN_FACTS = {"default_type": "", "default_expression": "", "codec_expression": "", "ttl_expression": ""}


class Statement(Received):
    sql: str = ""


class NamedStatement(Received):
    name: str = ""
    sql: str = ""


class Ids(Received):
    ids: list[UUID]


@router.get("/schema")
def schema(_caller: Reader, parts: FromApp) -> Response:
    """Lists the tables and their columns."""
    tables = parts.hql.schema().tables.values()
    return data(
        [
            {
                "table_name": table.name,
                "columns": [
                    {"name": column.name, "type": column.type, "comment": column.meaning, **_NO_COLUMN_FACTS}
                    for column in table.listed
                ],
            }
            for table in tables
        ]
    )


@router.post("/execute")
async def execute(body: Statement, caller: Reader, parts: FromApp, request: Request) -> Response:
    """Runs a query and answers with its first hundred rows. A client that goes away cancels it."""
    query_id, sql = uuid4().hex, _sql(body.sql)

    def ask() -> Response:
        result = parts.hql.query(caller.organization_id, sql, limit=MOST_ROWS, query_id=query_id)
        parts.metrics.queried(result.cache)
        return data(
            {
                "rows": [row for piece in json_rows(result.table) for row in piece],
                "elapsedMilliseconds": round(result.elapsed_ms, 1),
                "size": result.table.nbytes,
                "rowCount": result.row_count,
            }
        )

    return await unless_client_leaves(request, parts, query_id, ask)


@router.post("/download")
async def download(body: Statement, caller: Reader, parts: FromApp, request: Request) -> Response:
    """Runs a query of any size and answers with the address of its rows as CSV.

    An address at the object store needs no credential; where the store has none, it is a path of this api that does.
    """
    spec = Spec(_sql(body.sql), {}, "csv")
    job = await to_thread.run_sync(lambda: parts.jobs.submit(caller.organization_id, spec, by=caller.name))
    job = await until_ended(parts, job, MOST_SECONDS)
    if job.state in ACTIVE:
        parts.jobs.cancel(job)
        raise HeliconeError(503, "HQL_QUERY_TIMEOUT", "the query took too long; POST /v1/hql/jobs lets it run on")
    if job.error:
        raise helicone_error(job.error)
    url = result_url(parts, job)
    if url is None:
        raise HeliconeError(500, "HQL_CSV_URL_NOT_RETURNED", "the query was cancelled")
    return data(str(request.base_url.replace(path=url)) if url.startswith("/") else url)


@router.get("/saved-queries")
def list_queries(caller: Reader, parts: FromApp) -> Response:
    """Lists the organization's saved queries."""
    return data([_shown(each) for each in saved_queries.in_organization(parts.database, caller.organization_id)])


@router.get("/saved-query/{query_id}")
def one_query(query_id: UUID, caller: Reader, parts: FromApp) -> Response:
    """Returns one saved query."""
    return data(_shown(_found(saved_queries.find(parts.database, caller.organization_id, query_id), query_id)))


@router.post("/saved-query")
def save_query(body: NamedStatement, caller: Reader, parts: FromApp) -> Response:
    """Saves a query; the answer is a list of it alone."""
    text = checked(parts, caller.organization_id, _written(body))
    made = saved_queries.create(parts.database, caller.organization_id, text, by=caller.name, now=parts.now())
    return data([_shown(made)], 201)


@router.put("/saved-query/{query_id}")
def change_query(query_id: UUID, body: NamedStatement, caller: Reader, parts: FromApp) -> Response:
    """Replaces a saved query."""
    text = checked(parts, caller.organization_id, _written(body))
    changed = saved_queries.change(
        parts.database, caller.organization_id, query_id, text, by=caller.name, now=parts.now()
    )
    return data(_shown(_found(changed, query_id)))


@router.delete("/saved-query/{query_id}", status_code=204)
def delete_query(query_id: UUID, caller: Reader, parts: FromApp) -> None:
    """Deletes a saved query."""
    if not saved_queries.remove(parts.database, caller.organization_id, [query_id]):
        raise _unknown(query_id)


@router.post("/saved-queries/bulk-delete")
def delete_queries(body: Ids, caller: Reader, parts: FromApp) -> Response:
    """Deletes those of the queries that the organization has."""
    saved_queries.remove(parts.database, caller.organization_id, body.ids[: saved_queries.MOST_PER_ORGANIZATION])
    return data(None)


def _sql(sql: str) -> str:
    if not sql.strip():
        raise HeliconeError(400, "HQL_MISSING_QUERY_SQL", "the query is empty")
    return sql


def _written(body: NamedStatement) -> WrittenQuery:
    if not body.name.strip():
        raise HeliconeError(400, "HQL_MISSING_QUERY_NAME", "the query has no name")
    if len(body.name.strip()) > MOST_NAME_CHARACTERS:
        message = f"a name has at most {MOST_NAME_CHARACTERS} characters"
        raise HeliconeError(400, "HQL_QUERY_NAME_TOO_LONG", message)
    return WrittenQuery(name=body.name, sql=_sql(body.sql))


def _shown(query: SavedQuery) -> dict[str, Any]:
    return {
        "id": query.id,
        "organization_id": query.organization_id,
        "name": query.text.name,
        "sql": query.text.sql,
        "created_at": query.created_at,
        "updated_at": query.updated_at,
    }


def _found(query: SavedQuery | None, query_id: UUID) -> SavedQuery:
    if query is None:
        raise _unknown(query_id)
    return query


def _unknown(query_id: UUID) -> HeliconeError:
    return HeliconeError(404, "HQL_QUERY_NOT_FOUND", f"there is no saved query {query_id}")
