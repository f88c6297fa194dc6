"""The Native format in the revision that clickhouse-connect asks for."""

from datetime import datetime
from zoneinfo import ZoneInfo

import clickhouse_connect
import httpx
import pytest

from tests.engine import WarehouseServer
from tests.warehouse.embedded.conftest import ask, refused
from tests.warehouse.embedded.test_clients import arguments
from warehouse.embedded.native import with_time_zones

TOKYO = ZoneInfo("Asia/Tokyo")
ZONED = b"\x08DateTime"


def test_a_block_begins_with_its_facts_if_a_revision_is_asked_for(writer: httpx.Client):
    sql = b"select toUInt8(1) as x format Native"
    plain = b"\x01\x01\x01x\x05UInt8\x01"
    assert writer.post("/", content=sql).content == plain
    asked = {"client_protocol_version": 54405}
    assert writer.post("/", params=asked, content=sql).content == b"\x01\x00\x02\xff\xff\xff\xff\x00" + plain
    assert writer.post("/", params=asked, content=b"exists system.one format Native").content[8:] == (
        b"\x01\x01\x06result\x05UInt8\x01"
    )


@pytest.mark.parametrize("revision", ["54452", "99999", "-1", "x", ""])
def test_a_revision_we_cannot_write_is_refused(writer: httpx.Client, revision: str):
    assert refused(writer, "select 1 format Native", client_protocol_version=revision) == 36


def test_a_time_keeps_its_zone_wherever_it_stands(warehouse_server: WarehouseServer):
    client = clickhouse_connect.get_client(**arguments(warehouse_server))
    assert client.protocol_version == 54405
    sql = """
        select
            toString(number) as text,
            toDateTime('2023-02-14 18:15:30', 'Asia/Tokyo') + number as first,
            toDateTime('2023-02-14 09:15:30') as plain,
            [first] as list,
            toNullable(first) as nullable,
            first as last
        from numbers({rows:UInt32})
    """
    for rows in (1, 200_000):
        result = client.query(sql, parameters={"rows": rows})
        assert result.row_count == rows
        moment = datetime(2023, 2, 14, 18, 15, 30, tzinfo=TOKYO)
        plain = moment.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
        assert result.first_row == ("0", moment, plain, [moment], moment, moment)
        assert str(result.first_row[1].tzinfo) == str(result.first_row[5].tzinfo) == "Asia/Tokyo"
    client.close()


def test_a_result_without_rows_has_no_block(writer: httpx.Client):
    sql = b"select now('Asia/Tokyo') as at from numbers(0) format Native"
    assert writer.post("/", params={"client_protocol_version": 54405}, content=sql).content == b""


def test_values_that_look_like_a_column_do_not_move_a_zone():
    head = b"\x01t" + ZONED
    decoy = head + b"1234"
    column = b"\x01s\x06String" + bytes([len(decoy)]) + decoy
    block = b"\x02\x01" + column + head + b"5678"
    named = block.replace(ZONED + b"5678", b"\x16DateTime('Asia/Tokyo')5678")
    assert with_time_zones(block, [("s", "String"), ("t", "DateTime('Asia/Tokyo')")]) == named
    # Two places that cannot be told apart: the values stay right, the zone is left out.
    doubled = b"\x02\x01\x01s\x06String\x07" + head[:2] + b"x" * 5 + head + head[-4:]
    assert with_time_zones(doubled, [("s", "String"), ("t", "DateTime('UTC')")])[-4:] == head[-4:]
    assert with_time_zones(block, []) == block


def test_thousands_of_blocks_are_told_apart(warehouse_server: WarehouseServer):
    client = clickhouse_connect.get_client(**arguments(warehouse_server))
    sql = "select number, toDateTime(number, 'Asia/Tokyo') as at from numbers(3000)"
    rows = client.query(sql, settings={"max_block_size": 1}).result_rows
    assert [number for number, _ in rows] == list(range(3000))
    assert rows[-1][1] == datetime.fromtimestamp(2999, TOKYO)
    client.close()


def test_other_formats_do_not_care(writer: httpx.Client):
    assert ask(writer, "select 1", client_protocol_version=54405) == "1"
