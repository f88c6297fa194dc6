"""What a call costs in cents, as far as a limit needs to know it.

It reckons with the catalogue's prices of a million tokens in and out, which are at hand, and not with the dated rates
that rows are priced by: cached tokens count in full, and tiers, long prompts and audio are passed over. So it says
rather too much than too little. A model without a known price costs nothing here.
"""

from functools import lru_cache

from gateway.limits.policy import SCALE
from providers.catalog import Catalog
from providers.models.catalogue import Models, Offer

_CENTS_PER_DOLLAR = 100
_MILLION = 1_000_000
_LONGEST_NAME = 512
"""Names are remembered, and callers write them."""


class Prices:
    """Prices by provider and model; read when the first call asks."""

    def __init__(self, catalog: Catalog, models: Models) -> None:
        self._catalog = catalog
        self._models = models
        self._found = lru_cache(maxsize=4096)(self._find)

    def cents(self, provider_id: str, model: str | None, input_tokens: int, output_tokens: int) -> int | None:
        """Returns ten-thousandths of a cent; None where no price is known.

        Where the provider is not chosen yet, the dearest that serves the model counts.
        """
        offers = self._found(provider_id, model) if model and len(model) <= _LONGEST_NAME else ()
        costs = [
            input_tokens * offer.input_usd_per_million + output_tokens * (offer.output_usd_per_million or 0.0)
            for offer in offers
            if offer.input_usd_per_million is not None
        ]
        return round(max(costs) * _CENTS_PER_DOLLAR * SCALE / _MILLION) if costs else None

    def _find(self, provider_id: str, model: str) -> tuple[Offer, ...]:
        provider = self._catalog.get(provider_id)
        if provider is None:
            return tuple(self._models.offers(model))
        offer = self._models.at(provider, model)
        return () if offer is None else (offer,)
