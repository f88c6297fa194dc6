from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from control import organizations, query_history, query_jobs, saved_queries, traces
from control.database import forget_deleted, open_database
from control.migrate import migrate
from control.organizations import Organization
from control.query_history import Outcome
from control.query_jobs import Spec
from control.saved_queries import Text
from tests.control.conftest import NOW

NAMING = "select * from requests where user_id = 'canary'"
OTHER = "select count() from requests"


@pytest.fixture
def asked(engine: Engine, acme: Organization) -> Engine:
    for sql, parameters in ((NAMING, {}), (OTHER, {}), (OTHER + " where user_id = {u:String}", {"u": "canary"})):
        query_history.note(engine, acme.id, "user 1", sql, parameters, Outcome(), now=NOW)
        query_jobs.create(engine, acme.id, Spec(sql, parameters, "csv"), by="ada", now=NOW)
    saved_queries.create(engine, acme.id, Text("one user", NAMING), by="ada", now=NOW)
    return engine


def test_queries_that_name_a_user_are_forgotten_but_for_saved_ones(asked: Engine, acme: Organization):
    assert traces.stop_jobs(asked, acme.id, now=NOW) == 3
    assert traces.forget_user(asked, acme.id, "canary") == {"query_history": 2, "query_jobs": 2}
    assert [each.sql for each in query_history.of(asked, acme.id, "user 1")] == [OTHER]
    assert [job.spec.sql for job in query_jobs.in_organization(asked, acme.id, now=NOW)] == [OTHER]
    assert traces.saved_queries_naming(asked, acme.id, "canary") == 1


def test_an_organizations_queries_are_forgotten_all(asked: Engine, acme: Organization):
    counts = traces.forget_organization(asked, acme.id)
    assert counts == {"query_history": 3, "query_jobs": 3, "saved_queries": 1}
    assert saved_queries.in_organization(asked, acme.id) == []


@pytest.mark.parametrize("quoted", ["o''neil", "o\\'neil", "o'neil"])
def test_a_name_is_found_however_it_is_quoted(engine: Engine, acme: Organization, quoted: str):
    query_history.note(engine, acme.id, "user 1", f"select '{quoted}'", {}, Outcome(), now=NOW)
    assert traces.forget_user(engine, acme.id, "o'neil")["query_history"] == 1


def test_what_is_deleted_is_in_no_byte_of_sqlites_files(tmp_path: Path):
    engine = open_database(f"sqlite:///{tmp_path / 'weir.db'}")
    migrate(engine)
    acme = organizations.create(engine, "Acme", now=NOW)
    query_history.note(engine, acme.id, "user 1", NAMING, {}, Outcome(), now=NOW)
    assert b"canary" in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    traces.forget_user(engine, acme.id, "canary")
    assert forget_deleted(engine)
    assert b"canary" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    engine.dispose()
