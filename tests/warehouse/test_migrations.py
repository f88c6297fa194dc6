"""The DDL and `tables.py` say the same, and migrations are applied once and never changed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from tests.engine import WarehouseServer, warehouse_server
from warehouse import clickhouse, tables
from warehouse.clickhouse import MIGRATIONS, MigrationChanged, connect_writer, migrate
from warehouse.embedded.statement import split_statements

__all__ = ["warehouse_server"]


@pytest.fixture
def writer(warehouse_server: WarehouseServer) -> Iterator[Client]:
    client = connect_writer(warehouse_server.writer_url)
    yield client
    client.close()


@pytest.fixture
def new_database(warehouse_server: WarehouseServer) -> Iterator[Client]:
    client = connect_writer(warehouse_server.writer_url.removesuffix("weir") + "elsewhere")
    yield client
    client.command("drop database if exists elsewhere sync", use_database=False)
    client.close()


@pytest.mark.parametrize("table", tables.TABLES, ids=lambda table: table.name)
def test_the_tables_are_what_they_are_said_to_be(writer: Client, table: tables.Table):
    described = writer.query(
        "select name, type, default_kind, default_expression from system.columns"
        " where database = 'weir' and table = {table:String} order by position",
        parameters={"table": table.name},
    ).result_rows
    assert [(name, type) for name, type, _, _ in described] == [(each.name, each.type) for each in table.columns]
    computed = {name for name, _, kind, _ in described if kind == "ALIAS"}
    assert computed == {each.name for each in table.columns if each.expression}
    # A default is what rows have that are older than their column.
    assert all(kind in ("ALIAS", "DEFAULT") for _, _, kind, _ in described if kind)


@pytest.mark.parametrize(
    "column", [each for each in tables.REQUESTS.columns if each.expression], ids=lambda column: column.name
)
def test_computed_columns_are_computed_as_said(column: tables.Column):
    statements = (text for file in sorted(MIGRATIONS.glob("*.sql")) for text in split_statements(file.read_bytes()))
    of_requests = "\n".join(text.decode() for text in statements if b" requests\n" in text)
    *_, latest = re.findall(rf"^ +(?:modify column )?{column.name} (.+ alias .+?),?$", of_requests, re.MULTILINE)
    assert latest == f"{column.type} alias {column.expression}"


def test_every_engine_can_be_swapped_by_the_day(writer: Client):
    rows = writer.query("select name, engine, partition_key from system.tables where database = 'weir'").result_rows
    engines = {name: (engine, key) for name, engine, key in rows}
    assert engines["requests"] == ("MergeTree", "toDate(created_at)")
    assert engines["sessions"] == ("MergeTree", "day")
    assert engines["usage_hourly"] == ("MergeTree", "toDate(hour)")
    assert engines["loads"] == ("MergeTree", "toYYYYMM(loaded_at)")


def test_migrations_are_applied_once_and_in_order(new_database: Client):
    names = sorted(file.name for file in MIGRATIONS.glob("*.sql"))
    assert all(re.fullmatch(r"\d{4}_\w+\.sql", name) for name in names)
    assert len({name[:4] for name in names}) == len(names)
    assert migrate(new_database) == names
    assert migrate(new_database) == []
    applied = new_database.query("select name from schema_migrations order by applied_at, name").result_rows
    assert [name for (name,) in applied] == names


def test_a_later_migration_is_added_to_the_applied_ones(
    new_database: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(clickhouse, "MIGRATIONS", tmp_path)
    (tmp_path / "0001_one.sql").write_text("create table a (x String default ';') engine = Memory; -- ;\n")
    assert migrate(new_database) == ["0001_one.sql"]
    (tmp_path / "0002_two.sql").write_text("insert into a values ('1;2');\ncreate table b (x Int8) engine = Memory;")
    assert migrate(new_database) == ["0002_two.sql"]
    assert new_database.query("select x from a").result_rows == [("1;2",)]


def test_a_migration_that_comes_later_with_a_lower_number_is_applied_to_what_is_there(
    new_database: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(clickhouse, "MIGRATIONS", tmp_path)
    (tmp_path / "0001_one.sql").write_text("create table a (x Int8) engine = MergeTree order by x;")
    (tmp_path / "0003_three.sql").write_text("insert into a values (1);")
    assert migrate(new_database) == ["0001_one.sql", "0003_three.sql"]
    (tmp_path / "0002_two.sql").write_text("alter table a add column y Int8 default 2;")
    assert migrate(new_database) == ["0002_two.sql"]
    assert migrate(new_database) == []
    assert new_database.query("select x, y from a").result_rows == [(1, 2)]


def test_an_applied_migration_cannot_be_changed(new_database: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clickhouse, "MIGRATIONS", tmp_path)
    (tmp_path / "0001_one.sql").write_text("create table a (x Int8) engine = Memory;")
    migrate(new_database)
    (tmp_path / "0001_one.sql").write_text("create table a (x Int16) engine = Memory;")
    with pytest.raises(MigrationChanged, match=r"0001_one\.sql was changed after it was applied"):
        migrate(new_database)
