"""Prices that an organization has agreed on with its providers, which win over every list.

A price is never changed in the past by accident: what is entered holds from a day on, and calls that were priced before
keep their cost until their day is made anew. What the kinds of price mean is not known here; the api checks them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control import epochs
from control.clock import utc
from control.database import upsert
from control.errors import InvalidValue
from control.tables import price_overrides

EPOCH = "price_overrides"
"""The epoch that grows with every change of the table."""

_PROVIDER = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}|\*")
_MODEL = re.compile(r"[!-~]{1,256}")
_TIER = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_MOST_USD = Decimal(1_000_000)
_MOST_PER_ORGANIZATION = 1000


@dataclass(frozen=True)
class PriceOverride:
    """One row: what a model costs the organization, of one tier and length of prompt, from a day on."""

    provider: str
    """The provider's id in the catalogue, or `*` for all."""
    model: str
    """The model's name, or a pattern in which `*` stands for anything."""
    valid_from: date
    """The first day, UTC, on which the row holds."""
    prices: Mapping[str, Decimal]
    """By kind, in US dollars for a million tokens, or for one of what is billed by the piece."""
    valid_until: date | None = None
    """The first day on which the row holds no longer."""
    tier: str | None = None
    """The price tier it is for; None for the standard one."""
    above_tokens: int = 0
    """It holds for prompts longer than this."""
    id: UUID = field(default_factory=uuid4)
    changed_at: datetime | None = None
    changed_by: str | None = None
    """Who entered it: a person's email, or an API key's name."""

    def as_row(self) -> dict[str, object]:
        """Returns the row in the words of `providers/price_overrides.py`."""
        named = {"provider": self.provider, "model": self.model, "from": self.valid_from, "until": self.valid_until}
        return {**named, "tier": self.tier, "above_tokens": self.above_tokens, **self.prices}


def put(
    engine: Engine, organization_id: UUID, row: PriceOverride, *, by: str | None = None, now: datetime | None = None
) -> bool:
    """Enters a row, or changes the organization's row of that id; False if that id is another organization's.

    Raises InvalidValue.
    """
    _check(row)
    changed = {
        "provider": row.provider,
        "model": row.model,
        "tier": row.tier,
        "above_tokens": row.above_tokens,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "prices": {kind: format(price, "f") for kind, price in row.prices.items()},
        "changed_at": utc(now),
        "changed_by": by,
    }
    with engine.begin() as connection:
        epochs.bump_within(connection, EPOCH)
        insert = upsert(connection, price_overrides).values(
            {"id": row.id, "organization_id": organization_id} | changed
        )
        mine = price_overrides.c.organization_id == organization_id
        upserted = insert.on_conflict_do_update(index_elements=["id"], set_=changed, where=mine)
        made = connection.execute(upserted.returning(price_overrides.c.id)).first()
        count = connection.execute(sa.select(sa.func.count()).where(mine)).scalar_one()
        if count > _MOST_PER_ORGANIZATION:
            raise InvalidValue(f"an organization has at most {_MOST_PER_ORGANIZATION} prices of its own")
        return made is not None


def in_organization(engine: Engine, organization_id: UUID) -> list[PriceOverride]:
    """Returns the organization's rows by provider, model and day, the latest day first."""
    return [row for _, row in _read(engine, price_overrides.c.organization_id == organization_id)]


def everyones(engine: Engine) -> tuple[int, dict[UUID, list[PriceOverride]]]:
    """Returns the epoch and every organization's rows; what is read is at least as new as the epoch."""
    version = epochs.current(engine, EPOCH)
    found: dict[UUID, list[PriceOverride]] = {}
    for owner, row in _read(engine, sa.true()):
        found.setdefault(owner, []).append(row)
    return version, found


def remove(engine: Engine, organization_id: UUID, id: UUID) -> bool:
    """Deletes a row; False if the organization has none of that id."""
    mine = (price_overrides.c.organization_id == organization_id) & (price_overrides.c.id == id)
    with engine.begin() as connection:
        epochs.bump_within(connection, EPOCH)
        return connection.execute(sa.delete(price_overrides).where(mine)).rowcount > 0


def _read(engine: Engine, condition: sa.ColumnElement[bool]) -> list[tuple[UUID, PriceOverride]]:
    c = price_overrides.c
    query = sa.select(price_overrides).where(condition).order_by(c.provider, c.model, c.valid_from.desc(), c.id)
    with engine.connect() as connection:
        return [(row.organization_id, _row(row)) for row in connection.execute(query)]


def _row(row: "sa.Row[tuple[object, ...]]") -> PriceOverride:
    return PriceOverride(
        id=row.id,
        provider=row.provider,
        model=row.model,
        tier=row.tier,
        above_tokens=row.above_tokens,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        prices={kind: Decimal(price) for kind, price in row.prices.items()},
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )


def _check(row: PriceOverride) -> None:
    if not _PROVIDER.fullmatch(row.provider):
        raise InvalidValue("`provider` is a provider's id such as `openai`, or `*` for every provider")
    if not _MODEL.fullmatch(row.model):
        raise InvalidValue("`model` is a name of 1 to 256 characters without spaces, such as `gpt-4o` or `gpt-4o*`")
    if row.tier is not None and not _TIER.fullmatch(row.tier):
        raise InvalidValue("`tier` is a price tier as providers report it, such as `flex`; null for the standard one")
    if not 0 <= row.above_tokens <= 10**9:
        raise InvalidValue("`above_tokens` is a number from 0 to 1,000,000,000")
    if row.valid_until is not None and row.valid_until <= row.valid_from:
        raise InvalidValue("`valid_until` is the first day on which the price no longer holds, after `valid_from`")
    if not row.prices:
        raise InvalidValue("`prices` names at least one price, such as `input`")
    if not all(price.is_finite() and 0 <= price <= _MOST_USD for price in row.prices.values()):
        raise InvalidValue(f"a price is a number from 0 to {_MOST_USD:,} US dollars")
