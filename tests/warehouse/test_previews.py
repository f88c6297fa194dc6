"""Previews go when their time is over; the rows stay."""

from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client

from tests.engine import WarehouseServer, warehouse_server
from warehouse.clickhouse import connect_writer

__all__ = ["warehouse_server"]


@pytest.fixture
def writer(warehouse_server: WarehouseServer) -> Iterator[Client]:
    warehouse_server.truncate()
    client = connect_writer(warehouse_server.writer_url)
    yield client
    client.close()


def test_previews_of_rows_loaded_long_ago_are_dropped_by_merges_and_nothing_else_is(writer: Client):
    for days, path in ((91, "/old"), (1, "/new")):
        writer.command(
            "insert into requests (created_at, loaded_at, path, request_preview, response_preview, segment)"
            f" select '2020-01-01 12:00:00', now() - interval {days} day, '{path}', 'asked', 'said', '{path}'"
        )
    writer.command("optimize table requests final")
    rows = writer.query("select path, request_preview, response_preview, segment from requests order by path")
    assert rows.result_rows == [("/new", "asked", "said", "/new"), ("/old", None, None, "/old")]


def test_tables_that_days_are_staged_in_keep_previews_as_long(writer: Client):
    """A partition is moved only between tables of the same structure."""
    writer.command("create table staged as requests")
    try:
        writer.command(
            "insert into staged (created_at, loaded_at, path, request_preview) select '2020-01-01', now(), '/', 'asked'"
        )
        writer.command("alter table staged move partition id '20200101' to table requests")
        assert writer.query("select request_preview from requests").result_rows == [("asked",)]
    finally:
        writer.command("drop table staged sync")
