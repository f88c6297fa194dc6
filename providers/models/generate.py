"""Writes `models.json`, the data behind the model catalogue, from genai-prices' public data.

    python -m providers.models.generate

Run it after genai-prices has been updated and commit what changed. The gateway reads the file, never the library: the
library takes a third of a second to load. Prices here only order providers by cost; what a call cost is computed from
the dated prices behind `providers/pricing.py`.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from providers.catalog import load_catalog

_PATH = Path(__file__).with_name("models.json")
_ONLY_A_PRICE = re.compile(r":batch$|^(?:ft:|regional\.)")
"""Entries of the list that no provider takes as a model's name."""


def main() -> None:
    _PATH.write_bytes(generated())


def generated() -> bytes:
    """Returns the file's content: one line for every model, so that an update reads well in a diff."""
    from genai_prices.data_snapshot import get_snapshot

    wanted = {provider.price_id for provider in load_catalog() if provider.price_id is not None}
    now = datetime.now(UTC)
    lists = [
        (provider.id, dict(sorted(_models(provider.models, now))))
        for provider in sorted(get_snapshot().providers, key=lambda provider: provider.id)
        if provider.id in wanted
    ]
    written = ",\n".join(_written(id, models) for id, models in lists if models)
    return b'{"source":"genai-prices-%s","lists":{\n%s\n}}\n' % (version("genai-prices").encode(), written.encode())


def _written(id: str, models: dict[str, list[Any]]) -> str:
    lines = ",\n".join(f"  {_json(name)}:{_json(facts)}" for name, facts in models.items())
    return f" {_json(id)}:{{\n{lines}\n }}"


def _models(models: list[Any], now: datetime) -> Iterator[tuple[str, list[Any]]]:
    """Yields each model's name with its prices per million tokens, its context window and its other names."""
    for model in models:
        spelled = [name for name in _spelled(model.match) if not _ONLY_A_PRICE.search(name)]
        if _ONLY_A_PRICE.search(model.id):
            continue
        name = model.id if model.id in spelled or not spelled else spelled[0]
        prices = model.get_prices(now, {})
        others = sorted({other for other in spelled if other != name})
        yield name, [_price(prices.input_mtok), _price(prices.output_mtok), model.context_window, others]


def _spelled(match: Any) -> list[str]:
    """Returns the names that the list spells out whole."""
    if hasattr(match, "equals"):
        return [match.equals]
    return [name for clause in getattr(match, "or_", ()) for name in _spelled(clause)]


def _price(price: Any) -> float | None:
    return None if price is None else float(getattr(price, "base", price))


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


if __name__ == "__main__":
    main()
