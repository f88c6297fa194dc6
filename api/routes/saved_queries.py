"""The organization's saved queries, with the types and defaults of their parameters."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from api.auth import Reader
from api.errors import NotFound
from api.parts import FromApp, Parts
from api.shapes import Received, Shown
from control import saved_queries
from control.saved_queries import Parameter, SavedQuery, Text
from hql.parameters import bind

router = APIRouter(prefix="/v1/hql/saved", tags=["HQL"])


class WrittenQuery(Received):
    name: str = Field(examples=["Cost by model"])
    sql: str = Field(min_length=1, examples=["select model, sum(cost_usd) from requests group by model"])
    description: str = ""
    defaults: dict[str, Any] = {}
    """Values of parameters such as `{days:UInt8}`, taken where a run gives none."""


class ShownParameter(Shown):
    type: str
    """A ClickHouse type, as the query names it."""
    default: Any
    """Null where a value must be given."""


class ShownQuery(Shown):
    id: UUID
    name: str
    sql: str
    description: str
    parameters: dict[str, ShownParameter]
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str


class Queries(Shown):
    queries: list[ShownQuery]


@router.get("")
def list_queries(caller: Reader, parts: FromApp) -> Queries:
    """Lists the organization's saved queries by name."""
    return Queries(
        queries=[shown(each) for each in saved_queries.in_organization(parts.database, caller.organization_id)]
    )


@router.post("", status_code=201)
def save_query(body: WrittenQuery, caller: Reader, parts: FromApp) -> ShownQuery:
    """Saves a query that could be run; refuses others as a run would."""
    text = checked(parts, caller.organization_id, body)
    return shown(saved_queries.create(parts.database, caller.organization_id, text, by=caller.name, now=parts.now()))


@router.get("/{query_id}")
def one_query(query_id: UUID, caller: Reader, parts: FromApp) -> ShownQuery:
    """Returns one saved query."""
    return shown(found(saved_queries.find(parts.database, caller.organization_id, query_id), query_id))


@router.put("/{query_id}")
def change_query(query_id: UUID, body: WrittenQuery, caller: Reader, parts: FromApp) -> ShownQuery:
    """Replaces a saved query."""
    text = checked(parts, caller.organization_id, body)
    changed = saved_queries.change(
        parts.database, caller.organization_id, query_id, text, by=caller.name, now=parts.now()
    )
    return shown(found(changed, query_id))


@router.delete("/{query_id}", status_code=204)
def delete_query(query_id: UUID, caller: Reader, parts: FromApp) -> None:
    """Deletes a saved query."""
    if not saved_queries.remove(parts.database, caller.organization_id, [query_id]):
        raise unknown(query_id)


def checked(parts: Parts, organization_id: UUID, body: WrittenQuery) -> Text:
    """The text with its parameters' types, which the query itself tells; raises HqlError for one that cannot run."""
    types = parts.hql.parameters(organization_id, body.sql)
    bind({name: types[name] for name in types if name in body.defaults}, body.defaults)
    parameters = {name: Parameter(type, body.defaults.get(name)) for name, type in types.items()}
    return Text(body.name, body.sql, body.description, parameters)


def shown(query: SavedQuery) -> ShownQuery:
    text = query.text
    parameters = {name: ShownParameter(type=each.type, default=each.default) for name, each in text.parameters.items()}
    return ShownQuery(
        id=query.id,
        name=text.name,
        sql=text.sql,
        description=text.description,
        parameters=parameters,
        created_at=query.created_at,
        created_by=query.created_by,
        updated_at=query.updated_at,
        updated_by=query.updated_by,
    )


def found(query: SavedQuery | None, query_id: UUID) -> SavedQuery:
    """The query; raises NotFound where there is none."""
    if query is None:
        raise unknown(query_id)
    return query


def unknown(query_id: UUID) -> NotFound:
    return NotFound("unknown_query", f"there is no saved query {query_id}", hint="GET /v1/hql/saved lists them")
