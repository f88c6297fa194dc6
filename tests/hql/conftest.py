"""A warehouse with the rows of two organizations, and beside it a database that holds one of them alone."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest

from hql.catalog import Catalog, build_catalog
from tests.engine import start_warehouse
from tests.hql import dataset
from tests.hql.dataset import OURS
from warehouse.clickhouse import connect_writer, reader_settings


@dataclass(frozen=True)
class Rows:
    """An answer as the engine writes it in JSON, with the row of WITH TOTALS as the last one."""

    names: list[str]
    types: list[str]
    rows: list[list[object]]


@dataclass(frozen=True)
class Stored:
    """The warehouse of these tests."""

    writer_url: str
    reader_url: str
    http: httpx.Client

    def ask(
        self,
        sql: str,
        *,
        as_writer: bool = False,
        database: str = "weir",
        of: UUID | None = OURS,
        more: Mapping[str, str] | None = None,
    ) -> str:
        """Runs a text as it stands; returns the answer or the engine's error, word for word."""
        parts = urlsplit(self.writer_url if as_writer else self.reader_url)
        settings = {"union_default_mode": "DISTINCT"} if as_writer else reader_settings(of)
        answer = self.http.post(
            f"http://{parts.hostname}:{parts.port}/",
            params={
                "database": database,
                "default_format": "JSONCompact",
                "max_execution_time": 3,
                **settings,
                **(more or {}),
            },
            auth=(parts.username or "", parts.password or ""),
            content=sql.encode(),
        )
        return answer.text

    def rows(
        self,
        sql: str,
        *,
        as_writer: bool = False,
        database: str = "weir",
        of: UUID | None = OURS,
        parameters: Mapping[str, str] | None = None,
    ) -> Rows:
        more = {f"param_{name}": value for name, value in (parameters or {}).items()}
        answer = self.ask(sql, as_writer=as_writer, database=database, of=of, more=more)
        assert answer.startswith("{"), f"{answer}\n{sql}"
        read = json.loads(answer)
        rows = read["data"] + ([read["totals"]] if "totals" in read else [])
        return Rows([each["name"] for each in read["meta"]], [each["type"] for each in read["meta"]], rows)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return build_catalog()


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> Iterator[Stored]:
    server = start_warehouse(tmp_path_factory.mktemp("hql-warehouse"))
    http = httpx.Client(timeout=60)
    try:
        writer = connect_writer(server.writer_url)
        for organization_id in (dataset.OURS, dataset.THEIRS):
            for statement in dataset.inserts(organization_id):
                writer.command(statement)
        for statement in dataset.solo_statements(catalog, dataset.OURS):
            writer.command(statement)
        writer.close()
        yield Stored(server.writer_url, server.reader_url, http)
    finally:
        http.close()
        server.stop()
