from datetime import timedelta

from sqlalchemy.engine import Engine

from control import heartbeats
from control.heartbeats import Heartbeat
from tests.control.conftest import NOW


def test_the_latest_sign_of_life_is_kept(engine: Engine):
    assert heartbeats.last(engine, "loader") is None
    heartbeats.beat(engine, "loader", {"pending_segments": 3}, now=NOW)
    heartbeats.beat(engine, "loader", {"pending_segments": 1}, now=NOW + timedelta(seconds=1))
    heartbeats.beat(engine, "other", now=NOW)
    assert heartbeats.last(engine, "loader") == Heartbeat("loader", NOW + timedelta(seconds=1), {"pending_segments": 1})
