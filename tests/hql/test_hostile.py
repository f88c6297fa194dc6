"""Queries that mean harm: each does it on the bare engine, and does none through HQL.

The cases are data, in `hostile/<category>.toml`; `hostile_cases.py` says how to write one.
"""

import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlglot
from sqlglot.errors import ParseError, TokenError

from hql.catalog import Catalog
from hql.compile import compile as compile_query
from hql.errors import HqlError, LimitReached, Refused
from hql.reader import Reader
from hql.serving.service import HqlService, open_service
from tests.hql import dataset
from tests.hql.conftest import Stored
from tests.hql.dataset import OURS, ROWS, THEIRS
from tests.hql.hostile_cases import PROOFS, Hostile, read_hostile
from tests.hql.test_walls import FOREIGN
from warehouse.clickhouse import connect_writer

SECRET = "HOSTSECRET"
INSIDES = re.compile(
    r"organization_id\W*=|PREWHERE|DB::|Stack trace|__table\d|bbbbbbbb-0000-4000-8000-|/store/|step\d+_"
)
"""What no message may hold: the filter that was added, the engine's own words, another's id."""

LIMIT_CODES = re.compile(r"Code: (158|159|241|307|396|128|131|69|173|306|191|572)\b")
PARSER_CODES = re.compile(r"Code: (62|167|168|306|241|159|36)\b")
LIMIT_SECONDS = 1
GRACE_SECONDS = 5.0
"""How long after its limit a query may take to end: a call of one function is not interrupted."""

REFUSED_PROOFS = frozenset({"tells", "writes", "opens", "changes", "exhausts"})
"""What no part of a query can be let through of; the other ones may run, over our own rows."""

CASES = read_hostile()
CATEGORIES = sorted({case.category for case in CASES})


@dataclass(frozen=True)
class Host:
    """What a query could read, write or speak to on the server's machine."""

    file: Path
    out: Path
    port: int
    connections: list[object]

    def sql(self, case: Hostile) -> str:
        return case.sql(file=self.file, out=self.out, port=self.port)


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    folder = tmp_path_factory.mktemp("host")
    file = folder / "secret.csv"
    file.write_text(f"{SECRET}\n")
    connections: list[object] = []
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_hang_up_on_all, args=(listening, connections))
    thread.start()
    yield Host(file, folder / "out", listening.getsockname()[1], connections)
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


def _hang_up_on_all(listening: socket.socket, connections: list[object]) -> None:
    with suppress(OSError):
        while True:
            caller, address = listening.accept()
            connections.append(address)
            with caller, suppress(OSError):
                # An answer, as the engine would try again for long without one.
                caller.recv(1000)
                caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n1\n")


@pytest.fixture(scope="session")
def together(stored: Stored, catalog: Catalog) -> None:
    """A database of what a query sees, with the rows of both organizations."""
    writer = connect_writer(stored.writer_url)
    for statement in dataset.solo_statements(catalog, OURS, "together"):
        writer.command(statement)
    for statement in dataset.solo_statements(catalog, THEIRS, "together"):
        if statement.startswith("insert"):
            writer.command(statement)
    writer.close()


@pytest.fixture(scope="session")
def service(stored: Stored) -> Iterator[HqlService]:
    service = open_service(stored.reader_url)
    yield service
    service.close()


def of(category: str) -> list[Hostile]:
    return [case for case in CASES if case.category == category]


@pytest.mark.hostile
@pytest.mark.parametrize("category", CATEGORIES)
def test_on_the_bare_engine_it_is_hostile(category: str, stored: Stored, host: Host, together: None):
    harmless = {case.name: found for case in of(category) if (found := _why_not_hostile(case, stored, host))}
    assert harmless == {}


@pytest.mark.hostile
@pytest.mark.parametrize("category", CATEGORIES)
def test_through_hql_it_does_no_harm(category: str, service: HqlService, stored: Stored, host: Host):
    harm = {case.name: found for case in of(category) if (found := _harm_done(case, service, stored, host))}
    assert harm == {}


@pytest.mark.hostile
@pytest.mark.parametrize("category", [name for name in CATEGORIES if "bomb" not in name])
def test_with_the_rules_off_the_engine_shows_nothing_foreign(category: str, stored: Stored, host: Host):
    before = len(host.connections)
    shown = {case.name: answer for case in of(category) if (answer := _foreign(stored.ask(host.sql(case))))}
    assert shown == {}
    assert not host.out.exists()
    assert len(host.connections) == before


@pytest.mark.hostile
@pytest.mark.parametrize("category", CATEGORIES)
def test_with_the_engines_wall_off_the_rules_show_nothing_foreign(
    category: str, stored: Stored, catalog: Catalog, host: Host
):
    shown = {}
    for case in of(category):
        if case.proof in ("reveals", "depends", "slow") and not case.parameters:
            with suppress(Refused):
                sql = host.sql(case)
                compiled = compile_query(sql, catalog, Reader(OURS, max_rows=100_000)).sql
                together, alone = stored.ask(compiled, as_writer=True), _alone(sql, stored)
                is_another = case.proof == "depends" and alone.startswith("{") and _rows(together) != _rows(alone)
                if _foreign(together) or is_another:
                    shown[case.name] = together[:300]
    assert shown == {}


@pytest.mark.hostile
@pytest.mark.parametrize("category", [name for name in CATEGORIES if "bomb" not in name])
def test_through_the_doors_beside_a_query_it_does_no_harm(
    category: str, service: HqlService, stored: Stored, host: Host
):
    harm = {
        f"{case.name} by {name}": found
        for case in of(category)[::4]
        for name, door in DOORS.items()
        if (found := _harm_by(door, case, service, stored, host))
    }
    assert harm == {}


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_door_refuses_it_before_the_engine_is_asked_or_bounds_it(category: str, catalog: Catalog):
    # Nothing listens there: whatever came through would be Unavailable, not Refused.
    service = open_service("http://reader:none@127.0.0.1:1/weir")
    host = Host(Path("/tmp/secret.csv"), Path("/tmp/out"), 1, [])
    # The bombs take long to read, whatever the door.
    doors = [_query] if "bomb" in category else [_query, *DOORS.values()]
    passed = []
    for case in of(category)[::3]:
        sql = host.sql(case)
        code = _refusal(sql, catalog)
        if code is None:
            passed.append(case)
            continue
        for door in doors:
            with pytest.raises(Refused) as refused:
                door(service, case, sql)
            assert refused.value.problem.code == code
    assert [str(case) for case in passed if case.proof in REFUSED_PROOFS and not case.parameters] == []


def test_every_case_has_a_name_of_its_own_and_a_known_proof():
    assert {case.proof for case in CASES} <= PROOFS
    assert [name for name, count in Counter(str(case) for case in CASES).items() if count > 1] == []


def _refusal(sql: str, catalog: Catalog) -> str | None:
    """The code of the refusal; None if it compiles, and so was read again: every table in it has the filter on it."""
    try:
        compile_query(sql, catalog, Reader(OURS))
    except Refused as refused:
        return refused.problem.code
    return None


def _query(service: HqlService, case: Hostile, sql: str) -> object:
    return service.query(OURS, sql, parameters=dict(case.parameters)).table.to_pylist()


def _validate(service: HqlService, case: Hostile, sql: str) -> object:
    # The text that would run names the organization, the asker's own.
    return service.validate(OURS, sql).columns


def _explain(service: HqlService, case: Hostile, sql: str) -> object:
    return service.explain(OURS, sql, parameters=dict(case.parameters))


def _export(service: HqlService, case: Hostile, sql: str) -> object:
    with service.export(OURS, sql, parameters=dict(case.parameters)) as rows:
        return [batch.to_pylist() for batch in rows.batches]


def _save(service: HqlService, case: Hostile, sql: str) -> object:
    # A saved query takes its parameters from here, and a job is checked before it waits for its turn.
    service.check(OURS, sql, parameters=dict(case.parameters))
    return service.parameters(OURS, sql)


DOORS: dict[str, Callable[[HqlService, Hostile, str], object]] = {
    "validate": _validate, "explain": _explain, "export": _export, "save": _save,
}  # fmt: skip
"""What takes a query's text beside `query` itself."""


def _harm_by(
    door: Callable[[HqlService, Hostile, str], object], case: Hostile, service: HqlService, stored: Stored, host: Host
) -> str:
    """What the query did through a door that it must not; an empty text if nothing."""
    opened = len(host.connections)
    before = stored.ask(case.probe, as_writer=True) if case.probe else ""
    try:
        told = repr(door(service, case, host.sql(case)))
    except HqlError as error:
        told = json.dumps(error.problem.as_dict())
        if INSIDES.search(told):
            return f"shows insides: {told}"
    if _foreign(told) or SECRET in told:
        return f"shows {told[:300]}"
    if host.out.exists() or len(host.connections) > opened:
        return "left the warehouse"
    if case.probe and _rows(stored.ask(case.probe, as_writer=True)) != _rows(before):
        return "changed something"
    return ""


def _why_not_hostile(case: Hostile, stored: Stored, host: Host) -> str:
    """Why the query does no harm even on the bare engine; an empty text if it does some."""
    sql = host.sql(case)
    opened = len(host.connections)
    before = stored.ask(case.probe, as_writer=True) if case.probe else ""
    # Whoever needs a limit gets a short one.
    bound = {"max_execution_time": "0.3", "max_memory_usage": "300000000", "max_rows_to_read": "100000000"}
    answer = _asked(
        stored,
        sql,
        database=case.database,
        more={f"param_{name}": _as_parameter(value) for name, value in case.parameters}
        | (bound if case.proof in ("slow", "outlives", "exhausts") else {"max_execution_time": "30"}),
    )
    if case.proof == "reveals":
        hostile = FOREIGN.search(answer) is not None
    elif case.proof == "tells":
        hostile = re.search(case.shows, answer) is not None
    elif case.proof == "depends":
        hostile = _rows(answer) != _rows(_alone(sql, stored))
    elif case.proof == "slow":
        hostile = LIMIT_CODES.search(answer) is not None and _alone(sql.replace("weir.", "solo."), stored)[:1] in "{C"
    elif case.proof == "outlives":
        hostile = LIMIT_CODES.search(answer) is not None
    elif case.proof == "exhausts":
        hostile = PARSER_CODES.search(answer) is not None or _exhausts_sqlglot(sql)
    elif case.proof == "writes":
        hostile = host.out.exists()
        host.out.unlink(missing_ok=True)
    elif case.proof == "opens":
        hostile = len(host.connections) > opened
    else:
        hostile = _rows(stored.ask(case.probe, as_writer=True)) != _rows(before)
        for statement in case.undo:
            stored.ask(statement, as_writer=True, more={"max_execution_time": "30"})
        assert _rows(stored.ask(case.probe, as_writer=True)) == _rows(before)
    return "" if hostile else answer[:300] or "nothing"


def _harm_done(case: Hostile, service: HqlService, stored: Stored, host: Host) -> str:
    """What the query did through HQL that it must not; an empty text if nothing."""
    sql = host.sql(case)
    opened = len(host.connections)
    before = stored.ask(case.probe, as_writer=True) if case.probe else ""
    started = time.monotonic()
    told, rows, refused = "", None, False
    try:
        result = service.query(OURS, sql, parameters=dict(case.parameters), timeout=LIMIT_SECONDS, limit=100_000)
        rows = result.table.to_pylist()
        told = repr(rows)
    except HqlError as error:
        told, refused = json.dumps(error.problem.as_dict()), isinstance(error, Refused)
        if INSIDES.search(told):
            return f"shows insides: {told}"
        if case.proof == "outlives" and not isinstance(error, (Refused, LimitReached)):
            return f"is no limit: {told}"
    if time.monotonic() - started > LIMIT_SECONDS + GRACE_SECONDS:
        return f"took {time.monotonic() - started:.1f} s"
    if _foreign(told) or SECRET in told:
        return f"shows {told[:300]}"
    if case.proof in REFUSED_PROOFS and not refused:
        return f"was not refused: {told[:300]}"
    if host.out.exists() or len(host.connections) > opened:
        return "left the warehouse"
    if case.probe and _rows(stored.ask(case.probe, as_writer=True)) != _rows(before):
        return "changed something"
    if case.proof == "slow" and "timeout" in told:
        return told
    if not refused and service.query(OURS, "select count() as c from requests").table.to_pylist() != [{"c": ROWS}]:
        return "the server is not well"
    return ""


def _asked(stored: Stored, sql: str, **how: Any) -> str:
    try:
        return stored.ask(sql, as_writer=True, **how)
    except httpx.HTTPError as error:
        return f"Code: 159, as nothing came: {error!r}"


def _foreign(answer: str) -> str:
    found = FOREIGN.search(answer)
    return answer[max(0, found.start() - 100) : found.end() + 100] if found else ""


def _alone(sql: str, stored: Stored) -> str:
    return stored.ask(sql, as_writer=True, database="solo")


def _rows(answer: str) -> str:
    """What can be compared of an answer: its rows, or the number of its error."""
    if answer.startswith("{"):
        with suppress(ValueError):
            return repr(sorted(json.dumps(row) for row in json.loads(answer)["data"]))
    return answer[:10]


def _as_parameter(value: object) -> str:
    if isinstance(value, str):
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    return repr(value).replace('"', "'") if not isinstance(value, list) else "['x']"


def _exhausts_sqlglot(sql: str) -> bool:
    try:
        sqlglot.parse(sql, dialect="clickhouse")
    except RecursionError:
        return True
    except (ParseError, TokenError):
        return False
    return False
