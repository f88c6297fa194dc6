from pathlib import Path

import pytest

from control import api_keys, organizations
from control.database import open_database
from control.key_limits import KeyLimit
from control.migrate import migrate
from gateway.limits.several_workers import refuse_limits_that_workers_cannot_hold


def test_several_workers_without_redis_do_not_start_while_keys_have_limits(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'weir.db'}"
    refuse_limits_that_workers_cannot_hold(url, 2)  # A database without tables keeps nobody from starting.
    engine = open_database(url)
    migrate(engine)
    organization = organizations.create(engine, "Ours")
    api_keys.create(engine, organization.id, "free")
    refuse_limits_that_workers_cannot_hold(url, 2)
    key, _ = api_keys.create(engine, organization.id, "limited", limits=[KeyLimit(5, 60)])
    with pytest.raises(SystemExit, match="WEIR_REDIS_URL"):
        refuse_limits_that_workers_cannot_hold(url, 2)
    api_keys.revoke(engine, organization.id, key.id)
    refuse_limits_that_workers_cannot_hold(url, 2)
    engine.dispose()
