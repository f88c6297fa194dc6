"""Finds rows that are there twice although nobody sent them twice: a raw segment was copied under another key.

Ids that callers choose are looked for in the whole warehouse. Ids made by the gateway come twice only if their segment
does, and then in the same day, so these are questions about one day's partition and cost milliseconds.
"""

from collections.abc import Sequence

from clickhouse_connect.driver.client import Client

from warehouse.clickhouse import warehouse_errors

_FRUGAL = {"max_bytes_before_external_group_by": 256 << 20}


def known_rows(client: Client, staged: str, table: str, day_id: str) -> list[tuple[str, str]]:
    """Returns organization_id and request_id of staged rows that the day of the table has."""
    # By primary key: only the granules about the staged rows' times are read.
    sql = f"""
        select toString(organization_id), toString(request_id)
        from {table}
        where _partition_id = {{day_id:String}}
          and (organization_id, created_at, request_id) in (
              select organization_id, created_at, request_id from {staged}
          )
    """  # noqa: S608 - names of ours
    return [(str(organization_id), str(request_id)) for organization_id, request_id in _ask(client, sql, day_id=day_id)]


def drop_doubles(client: Client, staged: str) -> int:
    """Leaves of staged rows with the same id those of the first segment; returns how many it removed."""
    of_each_id = f"from {staged} group by organization_id, request_id"
    if not _ask(client, f"select 1 {of_each_id} having count() > 1 limit 1"):
        return 0
    before = _count(client, staged)
    first = f"select organization_id, request_id, min(segment) {of_each_id}"
    with warehouse_errors():
        client.command(
            f"alter table {staged} delete where (organization_id, request_id, segment) not in ({first})",
            settings={"mutations_sync": 1},
        )
    return before - _count(client, staged)


def _count(client: Client, staged: str) -> int:
    ((count,),) = _ask(client, f"select count() from {staged}")  # noqa: S608
    return int(str(count))


def _ask(client: Client, sql: str, **parameters: object) -> Sequence[Sequence[object]]:
    with warehouse_errors():
        rows: Sequence[Sequence[object]] = client.query(sql, parameters=parameters, settings=_FRUGAL).result_rows
    return rows
