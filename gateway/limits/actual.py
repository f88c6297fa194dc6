"""What a call did use up, read from its record."""

from gateway.limits.policy import SCALE
from gateway.limits.prices import Prices
from warehouse.record import Exchange

_CENTS_PER_DOLLAR = 100


def actual_amounts(exchange: Exchange | None, prices: Prices) -> list[int | None]:
    """Returns requests, tokens and cents in ten-thousandths; None where nobody knows, so that the guess stays.

    A call that the provider answered without saying its usage is such a case. What was answered from the cache, or by
    nobody, used neither tokens nor cents.
    """
    if exchange is None:
        return [SCALE, None, None]
    if exchange.cache_hit or not exchange.attempts:
        return [SCALE, 0, 0]
    if exchange.input_tokens is None and exchange.output_tokens is None:
        unknown = None if (exchange.status_code or 599) < 400 else 0
        return [SCALE, unknown, unknown]
    input_tokens, output_tokens = exchange.input_tokens or 0, exchange.output_tokens or 0
    return [SCALE, (input_tokens + output_tokens) * SCALE, _cents(exchange, prices, input_tokens, output_tokens)]


def _cents(exchange: Exchange, prices: Prices, input_tokens: int, output_tokens: int) -> int:
    if exchange.provider_cost_usd is not None:
        return round(exchange.provider_cost_usd * _CENTS_PER_DOLLAR * SCALE)
    for model in (exchange.model_override, exchange.response_model, exchange.request_model):
        cents = prices.cents(exchange.provider, model, input_tokens, output_tokens)
        if cents is not None:
            return cents
    return 0
