from datetime import timedelta
from uuid import UUID

from control import retention
from tests.pipelines.conftest import Place
from tests.pipelines.deleting import OTHERS, open_stores
from tests.pipelines.exchanges import DAY, NOON, ORGANIZATION, line, said
from warehouse import record


def test_expired_days_go_for_those_who_do_not_want_them(place: Place):
    stores = open_stores(place)
    retention.put(place.engine, ORGANIZATION, 2, by="ada")
    ages = range(5)
    for age in ages:
        moment = NOON - timedelta(days=age)
        mine = [line(moment, request_body=f"mine {age}", session_id="s"), b"garbage that nobody can read"]
        place.put_segment(*mine[: 2 if age == 4 else 1], day=moment.date())
        place.put_segment(
            line(moment, request_body=f"mine {age}"),
            line(moment, organization_id=OTHERS, request_body=f"theirs {age}"),
            said(record.Score, session_id="s", name="taste", value=1.0),
            day=moment.date(),
        )
    stores.load()
    stores.cache.put(f"{ORGANIZATION}/0/old/0", b"kept")
    counts = stores.retainer(NOON).work()
    assert counts[ORGANIZATION]["requests"] == 4
    kept = {f"mine {age}" for age in (0, 1, 2)} | {f"theirs {age}" for age in ages}
    assert set(stores.bodies().values()) == kept
    assert place.ask("select min(day), count() from sessions") == [(DAY - timedelta(days=2), 3)]
    assert place.ask("select min(day), count() from scores") == [(DAY - timedelta(days=2), 3)]
    # A segment in which nothing is left is gone, and one with a stretch that nobody can attribute is not.
    assert len(list(place.store.list_after("raw/"))) == 9
    assert retention.of(place.engine, ORGANIZATION).applied_until == DAY - timedelta(days=2)


def test_a_second_time_only_new_days_are_looked_through(place: Place):
    stores = open_stores(place)
    retention.put(place.engine, ORGANIZATION, 1, by="ada")
    place.put_segment(line(NOON - timedelta(days=3)), day=DAY - timedelta(days=3))
    place.put_segment(line(request_id=UUID(int=5)))
    stores.load()
    stores.retainer(NOON).work()
    steps: list[str] = []
    again = stores.retainer(NOON)
    again.cleaner.loader.at = steps.append
    again.work()
    assert steps == []
    stores.retainer(NOON + timedelta(days=2)).work()
    assert place.count() == 0


def test_what_arrives_for_an_expired_day_goes_the_next_time(place: Place):
    stores = open_stores(place)
    retention.put(place.engine, ORGANIZATION, 1, by="ada")
    stores.retainer(NOON).work()
    place.put_segment(line(NOON - timedelta(days=3)), day=DAY - timedelta(days=3))
    stores.load()
    assert place.count() == 1
    stores.retainer(NOON).work()
    assert place.count() == 0
    assert list(place.store.list_after("raw/")) == []


def test_without_a_rule_nothing_goes(place: Place):
    stores = open_stores(place)
    retention.put(place.engine, ORGANIZATION, 1, by="ada")
    retention.put(place.engine, ORGANIZATION, None, by="ada")
    place.put_segment(line(NOON - timedelta(days=300)), day=DAY - timedelta(days=300))
    stores.load()
    assert stores.retainer(NOON).work() == {}
    assert place.count() == 1
