"""Prices that organizations have agreed on."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.engine import Engine

from control import organizations, price_overrides
from control.errors import InvalidValue
from control.organizations import Organization
from control.price_overrides import PriceOverride
from tests.control.conftest import NOW

OURS = PriceOverride("openai", "gpt-4o", date(2026, 1, 1), {"input": Decimal("2.00"), "output": Decimal("8.00")})


def test_a_price_is_entered_changed_and_deleted(engine: Engine, acme: Organization):
    other = organizations.create(engine, "Other", now=NOW)
    assert price_overrides.put(engine, acme.id, OURS, by="ada@x.io", now=NOW)
    kept = replace(OURS, changed_at=NOW, changed_by="ada@x.io")
    version, found = price_overrides.everyones(engine)
    assert found == {acme.id: [kept]}
    changed = replace(kept, prices={"input": Decimal("1.50")}, valid_until=date(2027, 1, 1), tier="flex")
    assert price_overrides.put(engine, acme.id, changed, by="ada@x.io", now=NOW)
    assert price_overrides.in_organization(engine, acme.id) == [changed]
    assert not price_overrides.put(engine, other.id, replace(changed, model="x"), now=NOW)
    assert not price_overrides.remove(engine, other.id, OURS.id)
    assert price_overrides.in_organization(engine, acme.id) == [changed]
    assert price_overrides.remove(engine, acme.id, OURS.id)
    later, found = price_overrides.everyones(engine)
    assert found == {}
    assert later > version


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"provider": "Open AI"}, "provider"),
        ({"model": "two words"}, "model"),
        ({"model": ""}, "model"),
        ({"tier": "Very Fast"}, "tier"),
        ({"above_tokens": -1}, "above_tokens"),
        ({"valid_until": date(2026, 1, 1)}, "valid_until"),
        ({"prices": {}}, "prices"),
        ({"prices": {"input": Decimal(-1)}}, "price"),
        ({"prices": {"input": Decimal("NaN")}}, "price"),
    ],
)
def test_what_is_no_price_is_refused(engine: Engine, acme: Organization, change: dict, told: str):
    with pytest.raises(InvalidValue, match=told):
        price_overrides.put(engine, acme.id, replace(OURS, **change), now=NOW)
    assert price_overrides.in_organization(engine, acme.id) == []
