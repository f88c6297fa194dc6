import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import polars as pl
import pytest

from pipelines.loading import prolonged
from pipelines.loading.day_lease import DayTaken, LeaseLost, day_lease
from pipelines.transforms.costs import with_costs
from tests.pipelines.conftest import Place
from tests.pipelines.exchanges import DAY, NOON, ORGANIZATION, exchange, line
from tests.waiting import until
from warehouse import record
from warehouse.rawlog.segment import read_line
from warehouse.tables import REQUESTS

FOREVER = timedelta(days=365)


def load(place: Place, *keys: str):
    return list(place.loader().load(DAY, keys))


def test_a_logged_step_is_a_row_that_no_figure_of_calls_counts(place: Place):
    span = {"source": "otlp", "request_id": UUID(int=90), "trace_id": "ab" * 16, "span_id": "cd" * 8}
    tool = span | {"step_kind": "tool", "step_name": "weather", "provider": "custom", "parent_span_id": "ef" * 8}
    nothing = dict.fromkeys(("request_model", "input_tokens", "output_tokens", "dialect"))
    load(place, place.put_segment(line(session_id="s"), line(**tool, **nothing, session_id="s")))
    # An exporter that had no answer sends its batch again.
    (again,) = load(place, place.put_segment(line(**tool, **nothing, session_id="s")))
    assert (again.row_count, again.duplicate_count) == (0, 1)
    assert place.ask("select step_kind, step_name, span_id, parent_span_id from requests order by step_kind") == [
        ("llm", None, None, None),
        ("tool", "weather", "cd" * 8, "ef" * 8),
    ]
    place.loader().derive(DAY)
    assert place.ask("select request_count, step_count, unpriced_count from sessions") == [(1, 1, 0)]
    sums = "select sum(request_count), sum(step_count), sum(unpriced_count) from usage_hourly"
    assert place.ask(sums) == [(1, 1, 0)]


def test_a_segment_becomes_rows_with_their_place_and_price(place):
    records = [exchange(NOON + timedelta(seconds=second), user_id=f"u{second}") for second in range(3)]
    key = place.put_segment(*(record.encode(each).rstrip() for each in records))
    (loaded,) = load(place, key)
    assert (loaded.row_count, loaded.rejected_count, loaded.duplicate_count) == (3, 0, 0)
    rows = place.ask("select * from requests order by created_at")
    names = [column.name for column in REQUESTS.stored]
    for given, values in zip(records, rows, strict=True):
        row = dict(zip(names, values, strict=True))
        assert (row["request_id"], row["organization_id"]) == (given.request_id, ORGANIZATION)
        assert row["created_at"].replace(tzinfo=UTC) == given.created_at
        assert row["cost_usd"] == Decimal("0.000027")
        stored = read_line(place.store, row["segment"], row["frame_offset"], row["frame_length"], row["frame_line"])
        assert record.decode(stored) == given


def test_what_a_caller_said_of_model_and_prompt_is_in_the_row(place):
    said = {"model_override": "gpt-4o", "prompt_inputs": [record.Pair("city", "Lyon")]}
    load(place, place.put_segment(line(), line(**said, request_model="tuned", response_model="tuned-1")))
    rows = place.ask("select model, response_model, prompt_inputs, cost_usd is null from requests order by model")
    assert rows == [("gpt-4o", "tuned-1", {"city": "Lyon"}, False), ("gpt-4o-mini", None, {}, False)]


def test_maps_and_lists_arrive_as_they_were(place):
    pairs = [record.Pair("feature", "search"), record.Pair("team", "growth")]
    load(place, place.put_segment(line(), line(properties=pairs, tool_names=["a", "b"]), line(properties=pairs[:1])))
    found = place.ask("select properties, tool_names from requests order by length(properties)")
    assert found == [({}, []), ({"feature": "search"}, []), ({"feature": "search", "team": "growth"}, ["a", "b"])]


def test_the_same_segment_twice_is_loaded_once(place):
    key = place.put_segment(line(), line())
    assert len(load(place, key, key)) == 1
    assert load(place, key) == []
    assert place.count() == 2
    assert place.count("loads") == 1


def test_a_late_segment_joins_its_old_day(place):
    load(place, place.put_segment(line()))
    late = NOON - timedelta(days=20)
    key = place.put_segment(line(late), day=late.date())
    list(place.loader().load(late.date(), [key]))
    assert place.ask("select toDate(created_at), count() from requests group by 1 order by 1") == [
        (late.date(), 1),
        (DAY, 1),
    ]


def test_loaded_at_strictly_increases_even_when_the_clock_does_not(place):
    loader = place.loader()
    loader.clock = lambda: NOON
    for _ in range(3):
        list(loader.load(DAY, [place.put_segment(line())]))
    other = place.loader("with a slow clock")
    other.clock = lambda: NOON - timedelta(hours=1)
    list(other.load(DAY, [place.put_segment(line())]))
    assert place.ask("select uniqExact(loaded_at), max(loaded_at) - min(loaded_at) < 1 from requests") == [(4, 1)]


def test_an_id_that_a_caller_sends_twice_has_one_row_and_the_first_wins(place):
    given = {"request_id": UUID(int=77), "request_id_given": True}
    load(place, place.put_segment(line(user_id="first", **given)))
    (loaded,) = load(place, place.put_segment(line(user_id="second", **given), line()))
    assert (loaded.row_count, loaded.duplicate_count) == (1, 1)
    tomorrow = NOON + timedelta(days=1)
    key = place.put_segment(line(tomorrow, user_id="third", **given), day=tomorrow.date())
    (loaded,) = place.loader().load(tomorrow.date(), [key])
    assert (loaded.row_count, loaded.duplicate_count) == (0, 1)
    assert place.ask(f"select user_id from requests where request_id = '{UUID(int=77)}'") == [("first",)]


def test_another_organization_may_use_the_same_id(place):
    given = {"request_id": UUID(int=78), "request_id_given": True}
    load(place, place.put_segment(line(**given)))
    (loaded,) = load(place, place.put_segment(line(**given, organization_id=UUID(int=9))))
    assert loaded.row_count == 1


def test_bad_lines_go_to_quarantine_and_the_good_ones_are_loaded(place):
    key = place.put_segment(line(), b'{"torn":', line(), line(NOON - timedelta(days=1)))
    (loaded,) = load(place, key)
    assert (loaded.row_count, loaded.rejected_count) == (2, 2)
    entries = place.quarantined()
    assert [(entry.segment, entry.line) for entry in entries] == [(key, 1), (key, 3)]
    assert "not the segment's day" in entries[1].reason


def test_a_damaged_frame_costs_only_its_own_lines(place):
    good = place.store.get(place.put_segment(line()))
    key = place.put_segment(line())
    place.store.put(key, good + b"\0\1\2garbage" + place.store.get(key))
    (loaded,) = load(place, key)
    assert (loaded.row_count, loaded.rejected_count) == (2, 1)


def test_a_segment_that_polars_cannot_do_with_holds_up_no_other(place, monkeypatch):
    def refuse_one(frame: pl.DataFrame, book: object) -> pl.DataFrame:
        if "poison" in frame["user_id"]:
            raise pl.exceptions.ComputeError("a mistake of ours")
        return with_costs(frame, book)

    monkeypatch.setattr("pipelines.loading.segments.with_costs", refuse_one)
    poisoned = place.put_segment(line(user_id="poison"))
    place.put_segment(line())
    assert len(load(place, *(found.key for found in place.store.list_after("raw/")))) == 2
    assert place.count() == 1
    (entry,) = place.quarantined()
    assert entry.segment == poisoned
    assert "a mistake of ours" in entry.reason
    monkeypatch.undo()
    place.loader().remodel(DAY)
    assert place.count() == 2


def test_a_segment_without_a_single_row_is_not_read_again(place):
    key = place.put_segment(b"garbage")
    assert len(load(place, key)) == 1
    assert load(place, key) == []


def test_a_segment_deleted_after_it_was_listed_is_passed_over(place):
    key = place.put_segment(line())
    gone = place.put_segment(line())
    place.store.delete(gone)
    assert [each.segment for each in load(place, gone, key)] == [key]


def test_a_day_that_another_writes_is_left_alone(place):
    key = place.put_segment(line())
    with day_lease(place.engine, DAY, "another"), pytest.raises(DayTaken):
        load(place, key)
    assert place.count() == 0
    assert len(load(place, key)) == 1


def test_who_lost_the_lease_publishes_nothing(place):
    key = place.put_segment(line())

    def lose_the_lease(step: str) -> None:
        if step == "append":
            with place.engine.begin() as connection:
                connection.exec_driver_sql("update leases set fence = fence + 1")

    with pytest.raises(LeaseLost):
        list(place.loader(at=lose_the_lease).load(DAY, [key]))
    assert place.count() == 0
    assert place.ask("select count() from system.tables where database = 'weir_staging'") == [(0,)]


def test_a_lease_is_held_for_as_long_as_one_step_takes(place, monkeypatch):
    monkeypatch.setattr(prolonged, "_RENEW_SECONDS", 0.05)

    def expires_at() -> str:
        with place.engine.connect() as connection:
            return connection.exec_driver_sql("select expires_at from leases").scalar_one()

    def take_long(step: str) -> None:
        if step == "derive":
            before = expires_at()
            until(lambda: expires_at() > before)

    load(place, place.put_segment(line()))
    place.loader(at=take_long).derive(DAY)
    assert place.days.stale_days() == []


def test_what_a_stalled_loader_staged_cannot_be_published_after_a_takeover(place):
    key = place.put_segment(line())

    def be_overtaken(step: str) -> None:
        if step == "publish":
            # The lease was checked a moment ago; now the process sleeps, the lease runs out and another takes over.
            with place.engine.begin() as connection:
                connection.exec_driver_sql("update leases set expires_at = '2020-01-01 00:00:00.000000'")
            assert len(load(place, key)) == 1

    with pytest.raises(Exception, match=r"UNKNOWN_TABLE|does not exist"):
        list(place.loader(at=be_overtaken).load(DAY, [key]))
    assert place.count() == 1


def test_derived_tables_reflect_the_newest_requests(place):
    load(place, place.put_segment(line(session_id="s"), line(session_id="s"), line()))
    assert place.days.stale_days() == [DAY]
    place.loader().derive(DAY)
    assert place.days.stale_days() == []
    assert place.ask("select session_id, request_count, cost_usd from sessions") == [("s", 2, Decimal("0.000054"))]
    assert place.ask("select sum(request_count), sum(cost_usd) from usage_hourly") == [(3, Decimal("0.000081"))]

    load(place, place.put_segment(line(session_id="s")))
    assert place.days.stale_days() == [DAY]
    place.loader().derive(DAY)
    assert place.ask("select request_count from sessions") == [(3,)]
    assert place.ask("select sum(request_count) from usage_hourly") == [(4,)]


def test_derived_rows_of_a_day_without_requests_go(place):
    load(place, place.put_segment(line(session_id="s")))
    place.loader().derive(DAY)
    place.client.command("truncate table requests")
    assert place.days.stale_days() == [DAY]
    place.loader().derive(DAY)
    assert (place.count("sessions"), place.count("usage_hourly"), place.days.stale_days()) == (0, 0, [])


def test_a_day_made_anew_from_the_raw_log_is_the_same_day(place):
    given = {"request_id": UUID(int=80), "request_id_given": True}
    keys = [place.put_segment(line(), line(**given)), place.put_segment(line(), line(**given), b"garbage")]
    load(place, *keys)
    columns = ", ".join(column.name for column in REQUESTS.stored if column.name != "loaded_at")
    before = place.ask(f"select {columns} from requests order by segment, frame_line")
    newest = place.ask("select max(loaded_at) from requests")
    made = place.loader().remodel(DAY)
    assert (made.segment_count, made.row_count, made.rejected_count, made.duplicate_count) == (2, 3, 1, 1)
    assert place.ask(f"select {columns} from requests order by segment, frame_line") == before
    assert place.ask("select min(loaded_at) from requests") > newest
    assert place.days.stale_days() == []
    assert load(place, *keys) == []


def test_readers_see_the_old_day_or_the_new_one(place):
    load(place, place.put_segment(*[line() for _ in range(10)]))
    seen: set[tuple] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.update(place.ask("select count(), uniqExact(loaded_at) from requests"))

    reading = threading.Thread(target=read)
    reading.start()
    for _ in range(5):
        place.loader().remodel(DAY)
    stop.set()
    reading.join()
    assert seen == {(10, 1)}


def test_a_day_is_made_anew_with_segments_that_were_never_loaded(place):
    keys = [place.put_segment(line()), place.put_segment(line())]
    load(place, keys[0])
    place.loader().remodel(DAY)
    assert place.count() == 2
    assert load(place, *keys) == []


def test_a_day_whose_raw_log_is_empty_becomes_empty(place):
    key = place.put_segment(line(session_id="s"))
    load(place, key)
    place.loader().derive(DAY)
    place.store.delete(key)
    place.loader().remodel(DAY)
    assert (place.count(), place.count("sessions"), place.count("usage_hourly")) == (0, 0, 0)


def test_making_a_day_anew_is_the_way_out_of_quarantine(place):
    key = place.put_segment(line(), b'{"torn":')
    load(place, key)
    place.put_segment(line(), line(), key=key)
    place.loader().remodel(DAY)
    assert place.count() == 2
    assert place.quarantined() == []


def test_the_journal_tells_what_was_loaded(place):
    completed_at = datetime.now(UTC) - timedelta(seconds=3)
    key = place.put_segment(line(completed_at=completed_at), b"garbage")
    load(place, key)
    ((segment, day, rows, rejected, duplicates, lag_ms, size),) = place.ask(
        "select segment, day, row_count, rejected_count, duplicate_count, lag_ms, bytes from loads"
    )
    assert (segment, day, rows, rejected, duplicates) == (key, DAY, 1, 1, 0)
    assert 3000 <= lag_ms < 60_000
    assert size == len(place.store.get(key))


def test_a_segment_that_was_copied_under_another_key_adds_nothing(place):
    lines = [line(), line(), line()]
    load(place, place.put_segment(*lines))
    (copied,) = load(place, place.put_segment(*lines))
    assert (copied.row_count, copied.duplicate_count) == (0, 3)
    (partly,) = load(place, place.put_segment(*lines[:1], line()))
    assert (partly.row_count, partly.duplicate_count) == (1, 1)
    assert place.ask("select count(), uniqExact(request_id) from requests") == [(4, 4)]


def test_copies_that_come_together_add_nothing(place):
    lines = [line(), line()]
    loaded = load(place, place.put_segment(*lines), place.put_segment(*lines), place.put_segment(line()))
    assert [(each.row_count, each.duplicate_count) for each in loaded] == [(2, 0), (0, 2), (1, 0)]
    assert place.ask("select count(), uniqExact(request_id) from requests") == [(3, 3)]


def test_a_day_made_anew_with_copies_has_each_row_once(place, monkeypatch):
    monkeypatch.setattr("pipelines.loading.segments.MOST_ROWS", 1)
    lines = [line(), line()]
    keys = [place.put_segment(*lines), place.put_segment(*lines), place.put_segment(line())]
    made = place.loader().remodel(DAY)
    assert (made.row_count, made.duplicate_count) == (3, 2)
    assert place.ask("select segment, count() from requests group by segment order by segment") == [
        (keys[0], 2),
        (keys[2], 1),
    ]


def test_rejects_of_segments_that_are_read_together_keep_their_lines(place):
    keys = [place.put_segment(line(), b"x"), place.put_segment(b"y", line()), place.put_segment(line())]
    loaded = load(place, *keys)
    assert [each.rejected_count for each in loaded] == [1, 1, 0]
    assert [(entry.segment, entry.line) for entry in place.quarantined()] == [(keys[0], 1), (keys[1], 0)]
    places = place.ask("select segment, frame_line from requests order by segment")
    assert places == [(keys[0], 0), (keys[1], 1), (keys[2], 0)]


def test_a_large_day_is_derived_by_some_organizations_at_once(place, monkeypatch):
    organizations = [UUID(int=number) for number in range(8)]
    load(place, place.put_segment(*(line(organization_id=each, session_id="s") for each in organizations * 2)))
    parts = list(place.days.requests_of(DAY, most_rows=4))
    assert len(parts) == 4
    assert sorted(part["organization_id"].n_unique() * 2 for part in parts) == sorted(part.height for part in parts)
    monkeypatch.setattr("pipelines.loading.days.Days.requests_of", lambda days, day: iter(parts))
    place.loader().derive(DAY)
    assert place.ask("select count(), sum(request_count) from sessions") == [(8, 16)]
    assert place.ask("select count(), sum(request_count) from usage_hourly") == [(8, 16)]
    assert place.days.stale_days() == []
