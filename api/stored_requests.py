"""Finds one stored request: its row in the warehouse, what was said of it, and its record with the bodies."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from api.errors import Gone, NotFound
from api.rows import first_row, json_rows
from hql.serving.service import HqlService
from warehouse import record, tables
from warehouse.object_store import ObjectStore
from warehouse.rawlog.errors import SegmentDamaged
from warehouse.rawlog.segment import read_line
from warehouse.record import Exchange

_COLUMNS = ",\n    ".join(column.name for column in tables.REQUESTS.columns if column.name != "organization_id")
_BY_ID = f"select\n    {_COLUMNS}\nfrom requests\nwhere request_id = {{request_id:UUID}}"
_BY_ID_AND_TIME = (
    _BY_ID + "\n    and created_at >= fromUnixTimestamp64Milli({since:Int64})"
    "\n    and created_at < fromUnixTimestamp64Milli({until:Int64})"
)
_MOST_SAID = 1000
_SCORES = """
select score_id, created_at, kind, name, value_type, value, category, source, comment
from scores
where request_id = {request_id:UUID}
order by created_at, score_id
"""
_EDITS = """
select edit_id, created_at, name, value
from property_edits
where request_id = {request_id:UUID}
order by created_at, edit_id
"""
_AROUND = 10 * 60 * 1000
_LATEST = int(datetime(2200, 1, 1, tzinfo=UTC).timestamp() * 1000)

Row = Mapping[str, Any]


def find_row(hql: HqlService, organization_id: UUID, request_id: UUID) -> Row:
    """Returns the request's row; raises NotFound, the same for unknown ids and for those of other organizations.

    A UUIDv7 tells when it was made, so the look-up reads minutes of the table and not all of it.
    """
    around = _minutes_around(request_id)
    asked: dict[str, object] = {"request_id": str(request_id)}
    row = None
    if around is not None:
        row = _first(hql, organization_id, _BY_ID_AND_TIME, asked | around)
    if row is None:
        row = _first(hql, organization_id, _BY_ID, asked)
    if row is None:
        raise NotFound(
            "unknown_request",
            f"there is no request {request_id}",
            hint="a call is here a few seconds after its response; GET /v1/freshness says how many",
        )
    return row


def find_scores(hql: HqlService, organization_id: UUID, request_id: UUID) -> list[Row]:
    """Returns the scores and feedback the request was given, the oldest first."""
    return _said(hql, organization_id, _SCORES, request_id)


def find_edits(hql: HqlService, organization_id: UUID, request_id: UUID) -> list[Row]:
    """Returns the changes of its properties, the oldest first."""
    return _said(hql, organization_id, _EDITS, request_id)


def read_record(raw_log: ObjectStore, organization_id: UUID, row: Row) -> Exchange:
    """Returns the record behind a row by one range read; raises Gone if it cannot be read any more."""
    try:
        line = read_line(raw_log, row["segment"], row["frame_offset"], row["frame_length"], row["frame_line"])
    except SegmentDamaged as error:
        raise Gone(
            "bodies_gone", "the stored bodies of this request cannot be read any more", hint=str(error)
        ) from error
    exchange = record.decode(line)
    if not isinstance(exchange, Exchange) or (exchange.organization_id, str(exchange.request_id)) != (
        organization_id,
        row["request_id"],
    ):
        raise RuntimeError(f"request {row['request_id']} of {organization_id} points at the record of another request")
    return exchange


def _said(hql: HqlService, organization_id: UUID, sql: str, request_id: UUID) -> list[Row]:
    answer = hql.query(organization_id, sql, parameters={"request_id": str(request_id)}, limit=_MOST_SAID)
    return [row for piece in json_rows(answer.table) for row in piece]


def _first(hql: HqlService, organization_id: UUID, sql: str, parameters: dict[str, object]) -> dict[str, Any] | None:
    return first_row(hql.query(organization_id, sql, parameters=parameters, limit=1).table)


def _minutes_around(request_id: UUID) -> dict[str, object] | None:
    """Returns the bounds of the look-up by time; None for an id that tells no time, or one the engine has no word for.

    Ids may be the caller's own, so any time can stand in one.
    """
    millis = request_id.int >> 80
    if request_id.version != 7 or millis > _LATEST:
        return None
    return {"since": millis - _AROUND, "until": millis + _AROUND}
