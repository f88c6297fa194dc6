"""The api over a real application database and a directory of objects, with answers of HQL given by the test.

What needs the engine itself is in `test_two_organizations.py`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pytest
from anyio import CapacityLimiter
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from api.jobs import Jobs
from api.known_keys import KnownKeys
from api.main import compose
from api.metrics import Metrics
from api.parts import Parts
from api.settings import ApiSettings
from api.spooled import Spooled
from control import api_keys, organizations, users
from control.database import open_database
from control.migrate import migrate
from control.organizations import Organization
from control.sealing import SecretBox
from hql.catalog import Catalog, build_catalog
from hql.compile import compile as compile_query
from hql.parameters import bind
from hql.reader import Reader
from hql.serving.execute import ResultColumn
from hql.serving.service import Estimate, HqlService, Result, Rows, Validation
from providers.catalog import load_catalog
from warehouse.object_store import open_object_store
from warehouse.settings import RAW_BUCKET, RESULT_BUCKET

NOW = datetime(2026, 11, 3, 12, 30, 15, 250000, tzinfo=UTC)
PASSWORD = "correct horse battery"


def a_result(table: pa.Table, types: Mapping[str, str] | None = None, **fields: object) -> Result:
    columns = tuple(ResultColumn(name, (types or {}).get(name, "String")) for name in table.column_names)
    known = Result(
        columns=columns,
        table=table,
        row_count=table.num_rows,
        truncated=False,
        elapsed_ms=12.34,
        read_rows=100,
        read_bytes=2000,
        cache="miss",
        age_seconds=0.0,
        query_id="q1",
    )
    return replace(known, **fields)  # type: ignore[arg-type]


class GivenAnswers(HqlService):
    """Answers every query with what the test put into `answer`, and remembers what it was asked."""

    def __init__(self) -> None:
        # Needs none of the real one's parts.
        self.answer: Callable[[UUID, str], Result] = lambda organization_id, sql: a_result(pa.table({"n": [1]}))
        self.asked: list[tuple[UUID, str, dict[str, object]]] = []
        self.cancelled: list[str] = []
        self.when_cancelled: Callable[[], object] = lambda: None

    def query(self, organization_id: UUID, sql: str, **options: object) -> Result:
        self.asked.append((organization_id, sql, options))
        return self.answer(organization_id, sql)

    def validate(self, organization_id: UUID, sql: str) -> Validation:
        return Validation(sql, ("requests",), {"days": "UInt8"}, (ResultColumn("n", "UInt64"),))

    def parameters(self, organization_id: UUID, sql: str) -> Mapping[str, str]:
        return compile_query(sql, build_catalog(), Reader(organization_id)).parameters

    def check(self, organization_id: UUID, sql: str, *, parameters: Mapping[str, object] | None = None) -> None:
        bind(self.parameters(organization_id, sql), parameters or {})

    @contextmanager
    def export(self, organization_id: UUID, sql: str, **options: object) -> Iterator[Rows]:
        self.asked.append((organization_id, sql, options))
        result = self.answer(organization_id, sql)
        yield Rows(result.columns, result.table.schema, iter(result.table.to_batches(max_chunksize=1000)))

    def explain(self, organization_id: UUID, sql: str, **options: object) -> tuple[Estimate, ...]:
        self.asked.append((organization_id, sql, options))
        return (Estimate("requests", 300, 14, 15), Estimate("sessions", 7, 1, 1))

    def schema(self) -> Catalog:
        return build_catalog()

    def cancel(self, query_id: str) -> None:
        self.cancelled.append(query_id)
        self.when_cancelled()

    def still_runs(self, query_id: str) -> bool:
        return False

    def close(self) -> None:
        pass


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def settings(tmp_path: Path, migrated_database: Path) -> ApiSettings:
    (tmp_path / "weir.db").write_bytes(migrated_database.read_bytes())
    return ApiSettings(data_dir=tmp_path, api_max_body_bytes=4096)


@pytest.fixture
def answers() -> GivenAnswers:
    return GivenAnswers()


@pytest.fixture
def parts(settings: ApiSettings, answers: GivenAnswers) -> Parts:
    raw_log = open_object_store(settings.object_store_url, RAW_BUCKET)
    raw_log.ensure_bucket()
    results = open_object_store(settings.object_store_url, RESULT_BUCKET)
    results.ensure_bucket()
    database = open_database(settings.database_url)
    return Parts(
        database=database,
        known_keys=KnownKeys(database, seconds=0),
        jobs=Jobs(database, answers, results, lambda: NOW),
        hql=answers,
        lookups=answers,
        raw_log=raw_log,
        spooled=Spooled(settings, raw_log),
        metrics=Metrics(),
        now=lambda: NOW,
        query_slots=CapacityLimiter(4),
        catalog=load_catalog(),
        secret_box=SecretBox(["a secret key of thirty-two characters"]),
    )


@pytest.fixture
def client(parts: Parts, settings: ApiSettings) -> Iterator[TestClient]:
    with TestClient(compose(parts, settings)) as client:
        yield client


@pytest.fixture
def database(parts: Parts) -> Engine:
    return parts.database


@pytest.fixture
def acme(database: Engine) -> Organization:
    return organizations.create(database, "Acme", now=NOW)


@pytest.fixture
def key_of(database: Engine, acme: Organization) -> Callable[..., dict[str, str]]:
    """Makes a key with the given scopes and returns the headers that show it."""

    def make(*scopes: api_keys.Scope, organization: Organization = acme) -> dict[str, str]:
        _, secret = api_keys.create(database, organization.id, "test", scopes, now=NOW)
        return {"Authorization": f"Bearer {secret}"}

    return make


@pytest.fixture
def session_of(database: Engine, acme: Organization) -> Callable[..., dict[str, str]]:
    """Signs in a new member of Acme with the given role and returns the headers that show it."""

    def make(role: users.Role, *, email: str = "ada@example.com", organization: Organization = acme) -> dict[str, str]:
        from control import sign_in

        user = users.find_by_email(database, email) or users.create(database, email, now=NOW)
        users.join(database, organization.id, user.id, role, now=NOW)
        _, secret = sign_in.start_session(database, user, now=NOW)
        return {"Authorization": f"Bearer {secret}"}

    return make
