from datetime import timedelta

from sqlalchemy.engine import Engine

from control import spools
from control.clock import utc


def test_writers_hold_up_what_waits_for_them_until_they_have_shipped(engine: Engine):
    asked_at = utc()
    assert spools.not_shipped(engine, asked_at) == []
    spools.tell(engine, "gateway-b", asked_at - timedelta(seconds=5))
    spools.tell(engine, "gateway-a", asked_at)
    assert spools.not_shipped(engine, asked_at) == ["gateway-a", "gateway-b"]
    spools.tell(engine, "gateway-a", asked_at + timedelta(seconds=2))
    assert spools.not_shipped(engine, asked_at) == ["gateway-b"]
    spools.take_back(engine, "gateway-b")
    assert spools.not_shipped(engine, asked_at) == []


def test_a_disk_that_nobody_hears_of_for_a_day_is_given_up(engine: Engine):
    asked_at = utc()
    spools.tell(engine, "gone", asked_at)
    assert spools.not_shipped(engine, asked_at, now=asked_at + timedelta(hours=23)) == ["gone"]
    assert spools.not_shipped(engine, asked_at, now=asked_at + timedelta(hours=25)) == []
