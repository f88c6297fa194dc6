from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Engine

from control import api_keys, key_spend, organizations
from control.key_limits import KeyLimit
from control.key_spend import Spend

HOUR = datetime(2026, 11, 21, 9, tzinfo=UTC)
NOW = HOUR + timedelta(minutes=30)


def test_keys_with_a_long_window_are_settled(engine: Engine):
    organization = organizations.create(engine, "Ours")
    limits = [(), (KeyLimit(5, 3600),), (KeyLimit(5, 60), KeyLimit(100, 86400, "cent"))]
    made = [api_keys.create(engine, organization.id, "k", limits=each)[0] for each in limits]
    assert key_spend.keys_to_settle(engine) == [made[2].id]
    api_keys.revoke(engine, organization.id, made[2].id)
    assert key_spend.keys_to_settle(engine) == []


def test_sums_are_replaced_and_only_changes_are_told(engine: Engine):
    organization = organizations.create(engine, "Ours")
    key = api_keys.create(engine, organization.id, "k")[0].id
    one, other = Spend(key, HOUR, "a", 1, 20, 300), Spend(key, HOUR, "b", 2, 40, 600)
    assert key_spend.changes_since(engine, 0) == (0, [])
    assert key_spend.settle(engine, [one, other], now=NOW) == 2
    version, changes = key_spend.changes_since(engine, 0)
    assert sorted(changes, key=lambda each: each.writer) == [one, other]
    assert key_spend.settle(engine, [one, other], now=NOW) == 0
    grown = Spend(key, HOUR, "a", 2, 50, 700)
    assert key_spend.settle(engine, [grown, other], now=NOW) == 1
    later, changes = key_spend.changes_since(engine, version)
    assert (changes, later > version) == ([grown], True)
    assert key_spend.changes_since(engine, later) == (later, [])
    assert len(key_spend.changes_since(engine, later + 5)[1]) == 2, "an older database is read anew"


def test_what_no_window_reaches_is_forgotten(engine: Engine):
    organization = organizations.create(engine, "Ours")
    key = api_keys.create(engine, organization.id, "k")[0].id
    key_spend.settle(engine, [Spend(key, HOUR, "a", 1, 0, 0)], now=NOW)
    much_later = NOW + timedelta(days=400)
    key_spend.settle(engine, [Spend(key, HOUR + timedelta(days=400), "a", 1, 0, 0)], now=much_later)
    assert len(key_spend.changes_since(engine, 0)[1]) == 1
