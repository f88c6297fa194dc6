"""Hostile queries over HTTP: every path that takes a query's text refuses it before the engine is asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from api.settings import ApiSettings
from control import api_keys, organizations
from control.database import open_database
from hql.catalog import build_catalog
from hql.compile import compile as compile_query
from hql.errors import Refused
from hql.reader import Reader
from tests.hql.dataset import OURS
from tests.hql.hostile_cases import read_hostile
from warehouse.object_store import open_object_store
from warehouse.settings import BUCKETS

DOORS = {
    "query": ("/v1/hql", {}),
    "validation": ("/v1/hql/validate", {}),
    "explanation": ("/v1/hql/explain", {}),
    "job": ("/v1/hql/jobs", {"format": "csv"}),
    "saved query": ("/v1/hql/saved", {"name": "harmless"}),
    "Helicone's query": ("/v1/helicone-sql/execute", {}),
    "Helicone's download": ("/v1/helicone-sql/download", {}),
    "Helicone's saved query": ("/v1/helicone-sql/saved-query", {"name": "harmless"}),
}


@pytest.fixture
def client(settings: ApiSettings) -> Iterator[TestClient]:
    for bucket in BUCKETS:
        open_object_store(settings.object_store_url, bucket).ensure_bucket()
    # Nothing listens there: what came through would be answered with 503.
    nowhere = settings.model_copy(update={"warehouse_reader_url": "http://reader:none@127.0.0.1:1/weir"})
    with TestClient(create_app(nowhere)) as client:
        yield client


@pytest.fixture
def reader(settings: ApiSettings) -> dict[str, str]:
    database = open_database(settings.database_url)
    organizations.create(database, "Ours", organization_id=OURS)
    _, secret = api_keys.create(database, OURS, "reader", ["query"])
    database.dispose()
    return {"Authorization": f"Bearer {secret}"}


@pytest.mark.parametrize("door", DOORS)
def test_a_hostile_query_is_refused(client: TestClient, reader: dict[str, str], door: str):
    path, more = DOORS[door]
    refused = refused_of_each_category()
    assert len(refused) > 20
    answers = {sql: client.post(path, json={"sql": sql} | more, headers=reader) for sql in refused}
    assert {sql: answer.text for sql, answer in answers.items() if answer.status_code != 400} == {}
    assert client.get("/v1/hql/jobs", headers=reader).json()["jobs"] == []
    assert client.get("/v1/hql/saved", headers=reader).json()["queries"] == []


def refused_of_each_category() -> list[str]:
    """The text of the first short case of each category that does not compile."""
    catalog, found = build_catalog(), dict[str, str]()
    for case in read_hostile():
        sql = case.sql(file=Path("/tmp/file"), out=Path("/tmp/out"), port=1)
        if case.category in found or len(sql) > 2000:
            continue
        try:
            compile_query(sql, catalog, Reader(OURS))
        except Refused:
            found[case.category] = sql
    return list(found.values())
