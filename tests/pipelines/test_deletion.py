from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from control import deletions, epochs
from pipelines.health import QUESTIONS
from tests.pipelines.conftest import Place
from tests.pipelines.deleting import OTHERS, USER, Stores, open_stores
from tests.pipelines.exchanges import DAY, NOON, ORGANIZATION, exchange, line
from warehouse import record
from warehouse.rawlog.reader import load_segment
from warehouse.rawlog.signs import give_sign

YESTERDAY = NOON - timedelta(days=1)


@pytest.fixture
def stores(place: Place) -> Stores:
    return open_stores(place)


def score(request_id: UUID | None = None, **fields) -> bytes:
    said = record.Score(
        score_id=uuid4(), organization_id=ORGANIZATION, created_at=NOON, request_id=request_id, name="taste", value=1.0,
        **fields,
    )  # fmt: skip
    return record.encode(said).rstrip(b"\n")


def raw(place: Place) -> bytes:
    return b"".join(load_segment(place.store.get(found.key)).ndjson for found in place.store.list_after("raw/"))


def ids_of(place: Place, table: str = "requests") -> set[str]:
    return {row[0] for row in place.ask(f"select toString(request_id) from {table}")}


def test_a_users_requests_go_with_all_that_is_said_of_them(place: Place, stores: Stores):
    theirs, others = uuid4(), uuid4()
    lines = [
        line(request_id=theirs, user_id=USER, session_id="theirs", request_preview="canary", request_body="canary"),
        line(request_id=others, user_id="else", session_id="others", request_body="kept"),
        score(theirs, comment="canary"),
        score(others, comment="kept"),
        score(session_id="theirs", comment="canary"),
    ]
    place.put_segment(*lines)
    place.put_segment(line(YESTERDAY, user_id=USER, request_body="canary"), day=YESTERDAY.date())
    stores.load()
    stores.ask(user_id=USER)
    (done,) = stores.delete_everything_asked()
    assert b"canary" not in raw(place)
    assert stores.bodies() == {str(others): "kept"}
    assert place.ask("select comment from scores") == [("kept",)]
    assert place.ask("select session_id, user_ids from sessions") == [("others", ["else"])]
    assert place.ask("select sum(request_count) from usage_hourly") == [(1,)]
    assert done.counts is not None
    assert (done.counts["requests"], done.counts["raw_lines"]) == (2, 4)
    assert done.days_touched == (YESTERDAY.date(), DAY)
    assert done.subject.user_id is None
    assert done.finished_at is not None


def test_named_requests_go_and_a_users_others_stay(place: Place, stores: Stores):
    gone, kept = uuid4(), uuid4()
    place.put_segment(*(line(request_id=each, user_id=USER, session_id="s") for each in (gone, kept)), score(gone))
    place.put_segment(line(request_id=gone, organization_id=OTHERS, request_body="another's"))
    stores.load()
    stores.ask(request_ids=(gone, uuid4()))
    stores.delete_everything_asked()
    assert ids_of(place) == {str(kept), str(gone)}
    assert place.ask("select organization_id from requests where request_id = '" + str(gone) + "'") == [(OTHERS,)]
    assert place.count("scores") == 0
    assert len(stores.bodies()) == 2


def test_a_whole_organization_goes_and_others_do_not_notice(place: Place, stores: Stores):
    others = uuid4()
    place.put_segment(line(), line(organization_id=OTHERS, request_id=others, request_body="kept"), score(uuid4()))
    mine = place.put_segment(line(), line())
    stores.load()
    stores.ask()
    stores.delete_everything_asked()
    assert str(ORGANIZATION).encode() not in raw(place)
    assert stores.bodies() == {str(others): "kept"}
    assert place.ask("select distinct organization_id from usage_hourly") == [(OTHERS,)]
    # The segment of which nothing is left keeps its key, so that nobody ships it again, and is not loaded again.
    assert place.store.info(mine).size < 20
    assert list(place.loader().load(DAY, [mine])) == []


def test_what_comes_after_a_deletion_stays(place: Place, stores: Stores):
    stores.ask(user_id=USER, asked_at=NOON + timedelta(hours=1))
    later = uuid4()
    place.put_segment(line(user_id=USER), line(NOON + timedelta(hours=2), request_id=later, user_id=USER))
    stores.load()
    stores.delete_everything_asked()
    assert ids_of(place) == {str(later)}


def test_rejected_and_doubled_lines_go_too(place: Place, stores: Stores):
    given = {"request_id": UUID(int=7), "request_id_given": True}
    place.put_segment(line(**given), line(request_body="canary", user_id=USER, **given))
    torn = record.encode(exchange(user_id=USER, request_body="canary")).replace(b'"provider"', b'provider"')[:-10]
    place.put_segment(line(), torn, b'{"kind":"canary","organization_id":"%s"}' % str(ORGANIZATION).encode())
    stores.load()
    assert len(place.quarantined()) == 2
    stores.ask(user_id=USER)
    stores.delete_everything_asked()
    assert USER.encode() not in raw(place)
    assert len(place.quarantined()) == 1


def test_the_journal_tells_what_is_left(place: Place, stores: Stores):
    place.put_segment(line(user_id=USER), line(), day=DAY)
    stores.load()
    stores.ask(user_id=USER)
    stores.delete_everything_asked()
    now = NOON + timedelta(hours=1)
    (landed,) = [question for question in QUESTIONS if question.name == "all_that_landed"]
    assert landed.ask(place.store, place.days, now).numbers["segments_with_other_row_counts"] == 0


def test_what_was_on_a_disk_is_taken_out_before_it_is_loaded(place: Place, stores: Stores):
    stores.ask(user_id=USER)
    stores.delete_everything_asked()
    kept, late = uuid4(), uuid4()
    key = place.put_segment(line(user_id=USER, request_id=late), line(request_id=kept), score(late), b"garbage")
    stores.load()
    assert ids_of(place) == {str(kept)}
    assert place.count("scores") == 0
    assert USER.encode() not in raw(place)
    (asked,) = deletions.in_organization(stores.engine, ORGANIZATION)
    assert asked.counts == {"requests": 1, "raw_lines": 2}
    place.loader().remodel(DAY)
    assert ids_of(place) == {str(kept)}
    assert key in place.days.held(DAY).segments


def test_what_is_shipped_and_not_loaded_counts_too(place: Place, stores: Stores):
    place.put_segment(line(user_id=USER))
    stores.load()
    place.put_segment(line(user_id=USER), line())
    stores.ask(user_id=USER)
    (done,) = stores.delete_everything_asked()
    assert done.counts == {"requests": 2, "raw_lines": 2}


def test_a_score_that_arrives_after_its_request_is_gone_goes_too(place: Place, stores: Stores):
    gone = uuid4()
    place.put_segment(line(user_id=USER, request_id=gone))
    stores.load()
    stores.ask(user_id=USER)
    stores.deleter().work()
    place.put_segment(score(gone, comment="canary"))
    stores.load()
    assert place.count("scores") == 1
    stores.delete_everything_asked()
    assert place.count("scores") == 0
    assert b"canary" not in raw(place)


def test_it_waits_for_gateways_that_have_not_shipped(place: Place, stores: Stores):
    asked = stores.ask(user_id=USER)
    give_sign(place.store, "gateway-1", asked.requested_at - timedelta(seconds=1))
    deleter = stores.deleter()
    deleter.work()
    (waits,) = deleter.work()
    assert waits.state == "settling"
    assert "gateway-1" in (waits.problem or "")
    give_sign(place.store, "gateway-1", asked.requested_at + timedelta(seconds=1))
    (done,) = stores.delete_everything_asked()
    assert done.problem is None


def test_results_and_cached_responses_go_as_a_whole(place: Place, stores: Stores):
    for key in (f"{ORGANIZATION}/answers/a/b.arrow", f"{ORGANIZATION}/exports/c.csv", f"{OTHERS}/answers/a/b.arrow"):
        stores.results.put(key, b"canary")
    for key in (f"{ORGANIZATION}/0/hash/0", f"{OTHERS}/0/hash/0"):
        stores.cache.put(key, b"canary")
    stores.ask(user_id=USER)
    stores.deleter().work()
    stores.cache.put(f"{ORGANIZATION}/0/late/0", b"canary")
    stores.cache.put(f"{ORGANIZATION}/1/new/0", b"new")
    (done,) = stores.delete_everything_asked()
    assert [found.key for found in stores.results.list_after()] == [f"{OTHERS}/answers/a/b.arrow"]
    assert [found.key for found in stores.cache.list_after()] == sorted(
        [f"{ORGANIZATION}/1/new/0", f"{OTHERS}/0/hash/0"]
    )
    assert epochs.current(stores.engine) > 0
    assert done.counts is not None
    assert (done.counts["query_results"], done.counts["cached_responses"]) == (2, 2)


def test_many_deletions_share_the_work_on_a_day(place: Place, stores: Stores):
    users = [f"user {number}" for number in range(5)]
    place.put_segment(*(line(user_id=user) for user in users for _ in range(3)))
    stores.load()
    for user in users[:4]:
        stores.ask(user_id=user)
    steps: list[str] = []
    stores.deleter(steps.append).work()
    assert steps.count("mark") == 1
    assert place.ask("select distinct user_id from requests") == [("user 4",)]
    assert {each.counts["requests"] for each in deletions.in_organization(stores.engine, ORGANIZATION)} == {3}


def test_a_day_that_is_loaded_into_is_worked_on_when_it_is_free(place: Place, stores: Stores):
    from pipelines.loading.day_lease import day_lease

    place.put_segment(line(user_id=USER))
    stores.load()
    stores.ask(user_id=USER)
    with day_lease(stores.engine, DAY, "loader"):
        (waits,) = stores.deleter().work()
    assert waits.days_left == (DAY,)
    assert str(DAY) in (waits.problem or "")
    stores.delete_everything_asked()
    assert place.count() == 0


def test_an_empty_day_is_dropped_with_all_that_is_derived_of_it(place: Place, stores: Stores):
    place.put_segment(line(user_id=USER, session_id="s"))
    stores.load()
    stores.ask(user_id=USER)
    stores.delete_everything_asked()
    assert [place.count(table) for table in ("requests", "sessions", "usage_hourly")] == [0, 0, 0]
    assert place.days.stale_days() == []
    assert place.ask("select count() from system.tables where database = 'weir_staging'") == [(0,)]
