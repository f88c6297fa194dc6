"""The prices that hold for one organization: everybody's, and over them what it has agreed on."""

from uuid import UUID

from sqlalchemy.engine import Engine

from control import price_overrides
from providers.price_overrides import agreed
from providers.pricing import PriceBook


def book_of(database: Engine, organization_id: UUID) -> PriceBook:
    """Returns the prices in force for the organization."""
    rows = [row.as_row() for row in price_overrides.in_organization(database, organization_id)]
    return PriceBook(agreed={str(organization_id): agreed(rows)} if rows else {})
