"""What models cost the organization: what is known of one, and the prices that the organization has entered itself."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from pydantic import Field

from api.auth import Manager, Member
from api.errors import BadRequest, NotFound
from api.own_prices import book_of
from api.parts import FromApp
from api.shapes import Received, Shown
from control import price_overrides
from control.price_overrides import PriceOverride
from providers.pricing import PriceSource
from providers.rates import NO_TOKENS, Rates

router = APIRouter(prefix="/v1", tags=["prices"])

_KINDS = tuple(Rates.__dataclass_fields__)
_MILLION = 1_000_000


class OwnPrice(Received):
    provider: str = Field(max_length=64, examples=["openai"])
    """The provider's id, or `*` for every provider."""
    model: str = Field(max_length=256, examples=["gpt-4o", "accounts/acme/models/*"])
    """The model's name, which holds with a date behind it too; or a pattern, where `*` stands for anything."""
    prices: dict[str, Decimal] = Field(examples=[{"input": "2.00", "output": "8.00"}])
    """US dollars per million tokens, by kind: input, cache_read, cache_write, cache_write_1h, input_audio, input_image,
    output, reasoning, output_audio, output_image; for one each: audio_second, web_search, search_unit. What is left out
    costs what the lists say, else what the kind it is a part of costs."""
    valid_from: date
    """The first day, UTC, on which the price holds."""
    valid_until: date | None = None
    """The first day on which it holds no longer; null while no end is known."""
    tier: str | None = None
    """The price tier it is for, such as `flex`; null for the standard one alone."""
    above_tokens: int = 0
    """It holds for prompts longer than this."""


class ShownOwnPrice(Shown):
    id: UUID
    provider: str
    model: str
    prices: dict[str, Decimal]
    valid_from: date
    valid_until: date | None
    tier: str | None
    above_tokens: int
    changed_at: datetime | None
    changed_by: str | None


class OwnPrices(Shown):
    price_overrides: list[ShownOwnPrice]


class ShownPrice(Shown):
    provider: str
    model: str
    source: PriceSource
    """exact where a list has the model, override where ours or the organization's own price wins, none if unknown."""
    version: str
    """The lists that were asked."""
    prices: dict[str, Decimal]
    """US dollars by kind, as in an own price; empty if none is known."""


@router.get("/prices")
def price_of(
    provider: Annotated[str, Query(max_length=64)],
    model: Annotated[str, Query(max_length=256)],
    caller: Member,
    parts: FromApp,
    tier: Annotated[str | None, Query(max_length=64)] = None,
    input_tokens: Annotated[int, Query(ge=0)] = 0,
    at: datetime | None = None,
) -> ShownPrice:
    """Tells what a model costs the organization, now or at another time, at a tier and with a prompt of a length."""
    organization = str(caller.organization_id)
    book = book_of(parts.database, caller.organization_id)
    found = book.rates(provider, model, at or parts.now(), tier, input_tokens, organization)
    return ShownPrice(
        provider=provider,
        model=model,
        source="none" if found is None else found.source,
        version=book.version(organization),
        prices={} if found is None else _shown_rates(found.rates),
    )


@router.get("/price-overrides")
def list_own(caller: Manager, parts: FromApp) -> OwnPrices:
    """Lists the organization's own prices by provider, model and day."""
    rows = price_overrides.in_organization(parts.database, caller.organization_id)
    return OwnPrices(price_overrides=[_shown(row) for row in rows])


@router.post("/price-overrides", status_code=201)
def enter(body: OwnPrice, caller: Manager, parts: FromApp) -> ShownOwnPrice:
    """Enters a price. Calls that are loaded from now on have it; those of the past when their days are made anew."""
    return _put(uuid4(), body, caller, parts)


@router.put("/price-overrides/{id}")
def change(id: UUID, body: OwnPrice, caller: Manager, parts: FromApp) -> ShownOwnPrice:
    """Changes a price."""
    if all(row.id != id for row in price_overrides.in_organization(parts.database, caller.organization_id)):
        raise _unknown(id)
    return _put(id, body, caller, parts)


@router.delete("/price-overrides/{id}", status_code=204)
def delete(id: UUID, caller: Manager, parts: FromApp) -> None:
    """Deletes a price; the lists hold again."""
    if not price_overrides.remove(parts.database, caller.organization_id, id):
        raise _unknown(id)


def _put(id: UUID, body: OwnPrice, caller: Manager, parts: FromApp) -> ShownOwnPrice:
    strange = [kind for kind in body.prices if kind not in _KINDS]
    if strange:
        raise BadRequest("unknown_kind", f"`{strange[0]}` is no kind of price", hint=f"kinds: {', '.join(_KINDS)}")
    made = PriceOverride(
        id=id,
        provider=body.provider,
        model=body.model,
        tier=body.tier,
        above_tokens=body.above_tokens,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        prices=body.prices,
        changed_at=parts.now(),
        changed_by=caller.name,
    )
    if not price_overrides.put(parts.database, caller.organization_id, made, by=caller.name, now=made.changed_at):
        raise _unknown(id)
    return _shown(made)


def _unknown(id: UUID) -> NotFound:
    return NotFound("unknown_price", f"there is no own price {id}", hint="GET /v1/price-overrides lists them")


def _shown(row: PriceOverride) -> ShownOwnPrice:
    return ShownOwnPrice(**asdict(row))


def _shown_rates(rates: Rates) -> dict[str, Decimal]:
    known = {kind: rate for kind in _KINDS if (rate := getattr(rates, kind)) is not None}
    return {kind: rate if kind in NO_TOKENS else rate * _MILLION for kind, rate in known.items()}
