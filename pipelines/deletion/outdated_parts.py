"""Files of the warehouse that hold rows as they were: a replaced part stays on disk until the server clears it away."""

from collections.abc import Collection
from datetime import date, datetime

from clickhouse_connect.driver.client import Client

from pipelines.loading.days import day_id
from pipelines.statements import statement
from warehouse.clickhouse import warehouse_errors
from warehouse.tables import PROPERTY_EDITS, REQUESTS, SCORES, SESSIONS, USAGE_HOURLY, USERS_DAILY

_TABLES = (REQUESTS, SCORES, PROPERTY_EDITS, SESSIONS, USAGE_HOURLY, USERS_DAILY)
_NO_DAY = date(1970, 1, 1)


def clear_outdated_parts(client: Client, days: Collection[date], until: datetime) -> int:
    """Has what was replaced until that moment removed from disk, and returns how many parts still are there.

    A statement that drops a partition clears such parts of its table away at once, also where there is nothing to drop;
    the part that covered others goes by the second time. Parts that were merged meanwhile stay for minutes.
    """
    with warehouse_errors():
        for table in (*_TABLES, *_TABLES):
            client.command(f"alter table {table.name} drop partition id '{day_id(_NO_DAY)}'")
        asked = {"partitions": [day_id(day) for day in days], "until": until}
        ((parts,),) = client.query(statement("outdated_parts"), parameters=asked).result_rows
    return int(parts)
