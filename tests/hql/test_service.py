"""Queries from end to end on the embedded engine: two organizations, the cache, limits and cancelling."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pyarrow as pa
import pytest

from hql.catalog import Catalog
from hql.compile import compile as compile_query
from hql.errors import Busy, Cancelled, Failed, HqlError, LimitReached, Refused, Unavailable
from hql.reader import Reader
from hql.serving.cache import Cache
from hql.serving.connections import Connections
from hql.serving.execute import run
from hql.serving.scans import Scans
from hql.serving.service import HqlService, open_service
from hql.serving.slots import Slots
from hql.serving.versions import Versions
from tests.hql.conftest import Stored
from tests.hql.dataset import CANARY, OURS, ROWS, THEIRS, inserts
from warehouse.clickhouse import connect_writer
from warehouse.object_store import ObjectStore, open_object_store


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    store = open_object_store(tmp_path.as_uri(), "hql-store")
    store.ensure_bucket()
    return store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(stored: Stored, store: ObjectStore, catalog: Catalog, clock: Clock) -> Iterator[HqlService]:
    """A service whose clock stands still, so that versions are asked for when a test moves it."""
    connections = Connections(stored.reader_url)
    versions = Versions(connections, "weir", clock=clock)
    service = HqlService(connections, catalog, versions, Cache(store, clock), Slots())
    yield service
    service.close()


def test_rows_come_with_their_types_and_facts(service: HqlService):
    result = service.query(
        OURS, "select request_id, created_at, cost_usd, properties from requests order by request_id"
    )
    assert [column.type for column in result.columns] == [
        "UUID",
        "DateTime64(6, 'UTC')",
        "Nullable(Decimal(18, 12))",
        "Map(LowCardinality(String), String)",
    ]
    row = result.table.slice(1, 1).to_pylist()[0]
    assert row["request_id"] == "aaaaaaaa-0000-4000-8000-000000000001"
    assert row["cost_usd"] == Decimal("0.000123")
    assert (result.row_count, result.truncated, result.cache) == (ROWS, False, "miss")
    assert result.read_rows == ROWS
    assert result.read_bytes > 0
    assert result.elapsed_ms > 0


def test_what_was_read_says_nothing_of_others(service: HqlService):
    # Rows of both organizations lie in the same blocks; the last day has no rows at all.
    for day in ("2026-11-01", "2026-11-12", "2030-01-01"):
        result = service.query(OURS, f"select count() from requests where toDate(created_at) = '{day}'")
        assert (result.read_rows, result.read_bytes) == (ROWS, 1 << 20)
    stranger = service.query(uuid4(), "select count() from requests")
    assert (stranger.read_rows, stranger.read_bytes) == (0, 1 << 20)
    assert service.query(OURS, "select count() from numbers(1000)").read_rows == 1000


def test_each_organization_sees_its_own_rows(service: HqlService):
    sql = "select user_id, count() from requests group by user_id"
    ours, theirs = service.query(OURS, sql), service.query(THEIRS, sql)
    assert theirs.cache == "miss"
    assert CANARY not in str(ours.table.to_pylist())
    assert all(CANARY in str(row["user_id"]) for row in theirs.table.to_pylist() if row["user_id"])
    assert service.query(uuid4(), sql).row_count == 0


def test_the_second_equal_query_is_a_hit_and_says_so(service: HqlService, clock: Clock):
    sql = "select model, sum(cost_usd) as usd from requests group by model order by usd desc"
    first = service.query(OURS, sql)
    clock.now += 30
    second = service.query(OURS, sql)
    assert (first.cache, second.cache) == ("miss", "hit")
    assert second.table.equals(first.table)
    assert second.columns == first.columns
    assert second.age_seconds == 30


def test_the_text_may_differ_where_it_means_the_same(service: HqlService):
    service.query(OURS, "select count() as n from requests")
    assert service.query(OURS, "SELECT count() AS n -- how many\nFROM requests").cache == "hit"


def test_fresh_asks_again(service: HqlService):
    service.query(OURS, "select count() from requests")
    assert service.query(OURS, "select count() from requests", fresh=True).cache == "bypass"


def test_parameters_and_limits_make_another_answer(service: HqlService):
    sql = "select count() as n from requests where status_code = {status:UInt16}"
    ok = service.query(OURS, sql, parameters={"status": 200})
    assert service.query(OURS, sql, parameters={"status": 429}).cache == "miss"
    assert ok.table.to_pylist() == [{"n": ROWS // 2}]
    service.query(OURS, "select model from requests", limit=5)
    assert service.query(OURS, "select model from requests", limit=6).row_count == 6


def test_new_rows_make_a_miss_and_max_age_accepts_the_older_answer(service: HqlService, stored: Stored, clock: Clock):
    organization = uuid4()
    sql = "select count() as n from requests"
    writer = connect_writer(stored.writer_url)
    insert = inserts(organization)[0]
    writer.command(insert)
    assert service.query(organization, sql).table.to_pylist() == [{"n": ROWS}]
    writer.command(insert)
    clock.now += 2
    older = service.query(organization, sql, max_age=10)
    assert (older.cache, older.table.to_pylist(), older.age_seconds) == ("stale", [{"n": ROWS}], 2)
    newer = service.query(organization, sql)
    assert (newer.cache, newer.table.to_pylist()) == ("miss", [{"n": 2 * ROWS}])
    writer.close()


def test_nothing_older_than_an_hour_is_served(service: HqlService, clock: Clock):
    service.query(OURS, "select count() from sessions")
    clock.now += 3599
    assert service.query(OURS, "select count() from sessions").cache == "hit"
    clock.now += 2
    assert service.query(OURS, "select count() from sessions", max_age=100_000).cache == "miss"


def test_an_answer_that_depends_on_the_moment_ages_sooner(service: HqlService, clock: Clock):
    service.query(OURS, "select now() as n")
    clock.now += 59
    assert service.query(OURS, "select now() as n").cache == "hit"
    clock.now += 2
    assert service.query(OURS, "select now() as n").cache == "miss"


@pytest.mark.parametrize("damage", [b"", b"not arrow at all", None])
def test_a_damaged_object_is_a_miss(service: HqlService, store: ObjectStore, damage: bytes | None):
    service.query(OURS, "select provider from requests")
    (kept,) = store.list_after(f"{OURS}/")
    data = store.get(kept.key)
    store.put(kept.key, data[: len(data) // 2] if damage is None else damage)
    assert service.query(OURS, "select provider from requests").cache == "miss"
    assert service.query(OURS, "select provider from requests").cache == "hit"


def test_an_object_under_a_name_that_is_not_its_own_is_a_miss(service: HqlService, store: ObjectStore):
    service.query(THEIRS, "select user_id from requests")
    service.query(OURS, "select user_id from requests")
    (theirs,), (ours,) = list(store.list_after(f"{THEIRS}/")), list(store.list_after(f"{OURS}/"))
    store.put(ours.key, store.get(theirs.key))
    again = service.query(OURS, "select user_id from requests")
    assert again.cache == "miss"
    assert CANARY not in str(again.table.to_pylist())


def test_an_answer_on_its_way_into_the_store_is_served_already(
    stored: Stored, store: ObjectStore, catalog: Catalog, clock: Clock
):
    connections = Connections(stored.reader_url)
    waiting: list[Callable[[], None]] = []
    cache = Cache(store, clock, waiting.append)
    service = HqlService(connections, catalog, Versions(connections, "weir", clock=clock), cache, Slots())
    sql = "select count() as n from requests"
    assert [service.query(OURS, sql).cache for _ in range(2)] == ["miss", "hit"]
    assert list(store.list_after()) == []
    waiting.pop()()
    assert len(list(store.list_after())) == 1
    assert service.query(OURS, sql).cache == "hit"
    service.close()


def test_a_kept_answer_reads_as_an_arrow_stream(service: HqlService, store: ObjectStore):
    result = service.query(OURS, "select provider from requests")
    (kept,) = store.list_after(f"{OURS}/")
    assert pa.ipc.open_stream(store.get(kept.key)).read_all().num_rows == result.row_count


def test_without_a_store_everything_still_works(stored: Stored):
    service = open_service(stored.reader_url)
    assert service.query(OURS, "select count() as n from requests").cache == "off"
    service.close()


def test_rows_past_the_limit_are_cut_and_said_to_be(service: HqlService):
    cut = service.query(OURS, "select request_id from requests", limit=10)
    assert (cut.row_count, cut.truncated) == (10, True)
    exact = service.query(OURS, "select request_id from requests limit 10", limit=10)
    assert (exact.row_count, exact.truncated) == (10, False)
    union = service.query(OURS, "select 1 as a union all select 2 union all select 3", limit=2)
    assert (union.row_count, union.truncated) == (2, True)


@pytest.mark.parametrize(
    "sql",
    [
        "select request_id from requests order by request_id desc",
        "select request_id, toDateTime(created_at) as t from requests order by request_id desc",
        "select request_id from requests order by request_id desc limit 50 with ties",
    ],
)
def test_the_order_of_rows_survives_casts_and_wrapping(service: HqlService, sql: str):
    ids = service.query(OURS, sql).table.column("request_id").to_pylist()
    assert ids == sorted(ids, reverse=True)


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("toUUID('11111111-1111-1111-1111-111111111111')", "11111111-1111-1111-1111-111111111111"),
        ("[toUUID('11111111-1111-1111-1111-111111111111')]", ["11111111-1111-1111-1111-111111111111"]),
        ("toIPv4('1.2.3.4')", "1.2.3.4"),
        ("toUInt256(2)", "2"),
        ("cast('b' as Enum8('a' = 1, 'b' = 2))", "b"),
        ("toFixedString('abc', 4)", "abc"),
        ("unhex('ff')", "\ufffd"),
        ("null", None),
        ("[]", []),
        ("('a', 1)", {"1": "a", "2": 1}),
    ],
)
def test_types_that_arrow_does_not_carry_become_readable(service: HqlService, expression: str, shown: object):
    assert service.query(OURS, f"select {expression} as x").table.to_pylist() == [{"x": shown}]


@pytest.mark.parametrize(
    ("sql", "error", "code"),
    [
        ("select count() from numbers(100000000000) where number % 2 = 0 or sqrt(number) > 3", LimitReached, None),
        ("select arraySort(groupArray(number)) from numbers(900000000)", LimitReached, None),
        ("select toUInt64(concat('x', provider)) from requests", Failed, "engine_error"),
        ("select model + 1 from requests", Failed, "engine_error"),
        ("select sum(provider) from requests", Failed, "engine_error"),
        ("select provider from (select provider from requests) where sum(1) > 1", Failed, "engine_error"),
        ("select sumState(cost_usd) from requests", Refused, "unreadable_column"),
        ("select provider, provider from requests", Refused, "duplicate_column"),
    ],
)
def test_the_engines_errors_are_told_in_our_words(
    service: HqlService, sql: str, error: type[HqlError], code: str | None
):
    with pytest.raises(error) as caught:
        service.query(OURS, sql, timeout=2)
    problem = caught.value.problem
    assert code is None or problem.code == code
    for inside in ("DB::", "Code:", "version", "__table", "toUUID", "weir", "Stack"):
        assert inside not in problem.message
    # What failed leaves nothing behind for the next one.
    assert service.query(OURS, "select 1 as x", fresh=True).table.to_pylist() == [{"x": 1}]


def test_a_query_that_takes_too_long_ends_in_time(service: HqlService):
    started = time.monotonic()
    with pytest.raises(LimitReached) as caught:
        service.query(OURS, "select max(sipHash64(toString(number))) from numbers(999000000)", timeout=1)
    assert caught.value.problem.code == "timeout"
    assert time.monotonic() - started < 15


def test_a_running_query_can_be_cancelled(service: HqlService):
    query_id = uuid4().hex
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(
            service.query, OURS, "select max(sipHash64(toString(number))) from numbers(999000000)", query_id=query_id
        )
        while not running.done():
            service.cancel(query_id)
            time.sleep(0.02)
    with pytest.raises(Cancelled):
        running.result()
    service.cancel(query_id)
    service.cancel("never heard of it")


def test_an_organization_that_has_read_its_share_waits(stored: Stored, catalog: Catalog, clock: Clock):
    connections = Connections(stored.reader_url)
    scans = Scans(1000, clock)
    service = HqlService(connections, catalog, Versions(connections, "weir"), None, Slots(), scans)
    service.query(OURS, "select sum(latency_ms) from requests")
    with pytest.raises(Busy) as caught:
        service.query(OURS, "select 1")
    assert caught.value.problem.code == "scan_quota"
    assert service.query(THEIRS, "select 1 as n").row_count == 1
    clock.now += 3600 * 100
    assert service.query(OURS, "select 1 as n").row_count == 1
    service.close()


def test_what_queries_that_fail_have_read_counts_by_their_time(clock: Clock):
    scans = Scans(1000, clock)

    def fail(*read: int) -> None:
        with scans.counted(OURS), scans.counted(OURS) as count:
            clock.now += 2000
            for each in read:
                count(each)
            raise Failed("engine_error", "two at once")

    with pytest.raises(Failed):
        fail(1)
    scans.admit(OURS)
    with pytest.raises(Failed):
        fail()
    with pytest.raises(Busy):
        scans.admit(OURS)
    scans.admit(THEIRS)


def test_equal_queries_in_flight_are_run_once(service: HqlService, monkeypatch: pytest.MonkeyPatch):
    asked = []
    gate = threading.Event()

    def slow(*arguments, **options):
        asked.append(1)
        gate.wait(10)
        return run(*arguments, **options)

    monkeypatch.setattr("hql.serving.service.run", slow)
    with ThreadPoolExecutor(6) as threads:
        running = [threads.submit(service.query, OURS, "select sum(frame_line) as n from requests") for _ in range(6)]
        while not asked:
            time.sleep(0.01)
        gate.set()
        results = [each.result() for each in running]
    assert len(asked) == 1
    assert sorted({result.cache for result in results}) == ["hit", "miss"]
    assert len({str(result.table.to_pylist()) for result in results}) == 1


def test_a_warehouse_that_is_down_is_ours(catalog: Catalog):
    service = open_service("http://reader:x@127.0.0.1:1/weir")
    with pytest.raises(Unavailable):
        service.query(OURS, "select 1")
    with pytest.raises(Refused):
        service.query(OURS, "select nothing from nowhere")


def test_a_wrong_password_is_ours_and_says_nothing(stored: Stored):
    service = open_service(stored.reader_url.replace("reader:", "reader:wrong"))
    with pytest.raises(Unavailable) as caught:
        service.query(OURS, "select 1")
    assert "password" not in caught.value.problem.message
    service.close()


def test_validate_tells_columns_without_an_answer(service: HqlService):
    valid = service.validate(OURS, "select model, count() as n from requests where status_code = 200 group by model")
    assert [(column.name, column.type) for column in valid.columns] == [
        ("model", "LowCardinality(Nullable(String))"),
        ("n", "UInt64"),
    ]
    assert valid.tables == ("requests",)
    with_parameters = service.validate(OURS, "select {days:UInt8} as d")
    assert with_parameters.parameters == {"days": "UInt8"}


def test_the_time_range_of_a_query_prunes_partitions(stored: Stored, catalog: Catalog):
    sql = "select count() from requests where created_at >= toDateTime64('2026-11-18 00:00:00', 6, 'UTC')"
    compiled = compile_query(sql, catalog, Reader(OURS)).sql
    plan = stored.ask(f"explain indexes = 1 {compiled}", as_writer=True)
    assert "Min-Max" in plan
    assert "organization_id" in plan


def test_functions_of_the_list_exist_in_the_engine(stored: Stored, catalog: Catalog):
    parsed_by_the_engine = {
        "grouping", "untuple", "dateAdd", "date_add", "dateSub", "date_sub", "timestampAdd", "timestamp_add",
        "timestampSub", "timestamp_sub",
    }  # fmt: skip
    known = {row[0] for row in stored.rows("select name from system.functions", as_writer=True).rows}
    assert set(catalog.functions.by_name) - known <= parsed_by_the_engine


def test_a_service_reads_nobody_elses_organization(service: HqlService):
    assert service.query(UUID(int=0), "select count() as n from requests").table.to_pylist() == [{"n": 0}]


def test_what_a_query_would_read_is_estimated(service: HqlService):
    sql = (
        "select min(r.cost_usd) from requests as r join sessions as s on r.session_id = s.session_id "
        "where r.model = {model:String}"
    )
    requests, sessions = service.explain(OURS, sql, parameters={"model": "gpt-1"})
    assert (requests.table, requests.rows, sessions.table) == ("requests", ROWS, "sessions")
    assert requests.parts > 1
    assert requests.granules >= requests.parts
    assert service.explain(OURS, "select 1") == ()


def test_an_estimate_of_few_rows_tells_no_day_on_which_others_have_some(service: HqlService):
    everything = service.explain(OURS, "select cost_usd from requests")
    for day in ("2026-11-01", "2026-11-12", "2030-01-01"):
        assert service.explain(OURS, f"select cost_usd from requests where toDate(created_at) = '{day}'") == everything


def test_an_estimate_of_many_rows_shrinks_with_what_is_read(service: HqlService, stored: Stored):
    many = uuid4()
    writer = connect_writer(stored.writer_url)
    writer.command(
        "insert into weir.usage_hourly (organization_id, hour, provider, model, status_class, loaded_at) "
        f"select toUUID('{many}'), toDateTime('2026-11-01 00:00:00', 'UTC') + number % 2 * 86400, "
        "'p', toString(number), 2, now64() from numbers(140000)"
    )
    writer.close()
    (everything,) = service.explain(many, "select sum(request_count) from usage_hourly")
    (narrow,) = service.explain(many, "select sum(request_count) from usage_hourly where hour < '2026-11-02 00:00:00'")
    assert (everything.rows, everything.parts, everything.granules) == (140000, 2, 18)
    assert (narrow.rows, narrow.parts) == (70000, 1)


def test_an_estimate_counts_no_foreign_rows(service: HqlService, stored: Stored):
    mine, other = uuid4(), uuid4()
    writer = connect_writer(stored.writer_url)
    # One part and one granule hold the rows of both.
    writer.command(
        "insert into weir.requests (organization_id, request_id, created_at, completed_at, loaded_at) "
        f"select toUUID(if(number < 5, '{mine}', '{other}')), generateUUIDv4(number), now64(), now64(), now64() "
        "from numbers(2000)"
    )
    writer.close()
    assert service.explain(mine, "select cost_usd from requests")[0].rows == 5
    assert service.explain(uuid4(), "select cost_usd from requests") == ()


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("select * from system.parts", Refused),
        ("select {n:UInt8}", Refused),
        ("explain select 1", Refused),
        ("select toUInt8('a') from requests", Failed),
    ],
)
def test_what_may_not_run_is_not_explained(service: HqlService, sql: str, problem: type[HqlError]):
    with pytest.raises(problem) as refused:
        service.explain(OURS, sql)
    assert "weir" not in str(refused.value)
