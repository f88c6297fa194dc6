from datetime import date

import pytest
from sqlalchemy.engine import Engine

from control import retention
from control.errors import InvalidValue
from control.organizations import Organization
from control.retention import Retention
from tests.control.conftest import NOW

TODAY = date(2026, 11, 3)


def test_everything_is_kept_unless_a_rule_says_otherwise(engine: Engine, acme: Organization):
    assert retention.of(engine, acme.id) == Retention(acme.id)
    assert retention.of(engine, acme.id).first_kept(TODAY) is None
    assert retention.rules(engine) == []


def test_a_rule_is_set_changed_and_taken_back(engine: Engine, acme: Organization):
    assert retention.put(engine, acme.id, 30, by="ada", now=NOW) == Retention(acme.id, 30, NOW, "ada")
    retention.applied(engine, acme.id, date(2026, 10, 4))
    changed = retention.put(engine, acme.id, 2, by="ben", now=NOW)
    assert changed == Retention(acme.id, 2, NOW, "ben", date(2026, 10, 4))
    assert changed.first_kept(TODAY) == date(2026, 11, 1)
    assert retention.rules(engine) == [changed]
    assert retention.put(engine, acme.id, None, by="ben", now=NOW).days is None
    assert retention.rules(engine) == []


@pytest.mark.parametrize("days", [0, -1, 36_501])
def test_a_rule_that_means_nothing_is_refused(engine: Engine, acme: Organization, days: int):
    with pytest.raises(InvalidValue, match="days"):
        retention.put(engine, acme.id, days, by="ada", now=NOW)
