"""Which provider serves which model, under which name, and roughly for how much.

The data are `models.json`, made by `providers/models/generate.py`, and what `ours.toml` adds. They are read when first
asked for. Prices here are for putting providers in order; rates that are charged are in `providers/pricing.py`.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cached_property
from importlib.resources import files

import msgspec

from providers.catalog import Catalog
from providers.facts import DialectName
from providers.model_names import names_without_date
from providers.models.names import plain_name, undated
from providers.provider import Provider

_Facts = tuple[float | None, float | None, int | None]
_NEAR = 0.6


class Offer(msgspec.Struct, frozen=True):
    """One model at one provider."""

    provider: Provider
    model: str
    """Its name there."""
    input_usd_per_million: float | None = None
    """None where no price is known."""
    output_usd_per_million: float | None = None
    context_tokens: int | None = None
    unspoken: tuple[str, ...] = ()
    """Dialects that the provider speaks with other models only."""

    @property
    def dialects(self) -> tuple[DialectName, ...]:
        """The dialects this model can be asked in."""
        if not self.unspoken:
            return self.provider.dialects
        return tuple(name for name in self.provider.dialects if name not in self.unspoken)

    @property
    def usd_per_million(self) -> float:
        """What a million tokens cost, three of four of them in the prompt; infinite if nobody knows."""
        if self.input_usd_per_million is None:
            return float("inf")
        return (3 * self.input_usd_per_million + (self.output_usd_per_million or 0.0)) / 4


class _Listed(msgspec.Struct):
    lists: dict[str, dict[str, tuple[float | None, float | None, int | None, list[str]]]]


class _Dated(msgspec.Struct):
    providers: list[str]


class _Ours(msgspec.Struct):
    serves: dict[str, str]
    speaks: dict[str, dict[str, str]]
    also: dict[str, str]
    dated: _Dated
    aliases: dict[str, str]
    models: dict[str, dict[str, _Facts]]


class Models:
    """The models that the providers of a catalogue serve."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def offers(self, name: str) -> list[Offer]:
        """Returns who serves a model of this name, in the catalogue's order; nobody if it is unknown.

        A name with a date that the list does not have, and a fine-tuned model, are served by who made the model.
        """
        found = self._by_plain_name.get(plain_name(name), [])
        base = name.split(":")[1] if name.startswith("ft:") else name
        makers = set(self._ours.dated.providers) - {offer.provider.id for offer in found}
        dated = {
            offer.provider.id: msgspec.structs.replace(offer, model=name)
            for each in reversed([base.lower(), *names_without_date(base)])  # the longest name wins
            for offer in self._made.get(each, ())
            if offer.provider.id in makers
        }
        return [*dated.values(), *found]

    def spelled(self, name: str) -> list[Offer]:
        """Returns who serves a model that one of them calls exactly so, capitals apart, slashes included."""
        offers = self.offers(name)
        return offers if any(offer.model.lower() == name.strip().lower() for offer in offers) else []

    def at(self, provider: Provider, name: str) -> Offer | None:
        """Returns the model of this name at a provider; one spelled exactly so before any other."""
        found = [offer for offer in self.offers(name) if offer.provider is provider]
        return next((offer for offer in found if offer.model == name), found[0] if found else None)

    def alias(self, name: str) -> str | None:
        """Returns the other model that is meant by a name from Helicone's gateway."""
        return self._ours.aliases.get(name.strip().lower())

    def near(self, name: str) -> list[str]:
        """Returns the names that a mistyped name may have meant, best first."""
        plain = plain_name(name)
        found = difflib.get_close_matches(plain, self._by_plain_name, n=4, cutoff=_NEAR)
        return [self._by_plain_name[near][0].model.rsplit("/", 1)[-1] for near in found]

    def of(self, providers: Iterable[Provider]) -> Iterator[tuple[str, Offer]]:
        """Yields what these providers offer: each model once, under the name of the first that offers it."""
        wanted = {provider.id for provider in providers}
        seen: set[str] = set()
        for offers in self._by_plain_name.values():
            offer = next((offer for offer in offers if offer.provider.id in wanted), None)
            if offer is not None and offer.model not in seen:
                seen.add(offer.model)
                yield offer.model, offer

    @cached_property
    def _made(self) -> dict[str, list[Offer]]:
        """What the makers of models serve, by name."""
        made: dict[str, list[Offer]] = {}
        for found in self._by_plain_name.values():
            for offer in found:
                if offer.provider.id in self._ours.dated.providers:
                    made.setdefault(offer.model.lower(), []).append(offer)
        return made

    @cached_property
    def _ours(self) -> _Ours:
        text = files("providers.models").joinpath("ours.toml").read_text(encoding="utf-8")
        return msgspec.convert(tomllib.loads(text), _Ours)

    @cached_property
    def _by_plain_name(self) -> dict[str, list[Offer]]:
        data = files("providers.models").joinpath("models.json").read_bytes()
        lists = msgspec.json.decode(data, type=_Listed).lists
        found: dict[str, list[Offer]] = {}
        for provider in self._catalog:
            for offer in self._offered(provider, lists):
                found.setdefault(plain_name(offer.model), []).append(offer)
        for plain, offers in list(found.items()):
            short = undated(plain)
            if short is not None:
                known = found.setdefault(short, [])
                served = {offer.provider.id for offer in known}
                known += [offer for offer in offers if offer.provider.id not in served]
        return found

    def _offered(
        self,
        provider: Provider,
        lists: dict[str, dict[str, tuple[float | None, float | None, int | None, list[str]]]],
    ) -> Iterator[Offer]:
        pattern = re.compile(self._ours.serves.get(provider.id, ".*"), re.IGNORECASE)
        seen: set[str] = set()
        for list_id in (provider.price_id, self._ours.also.get(provider.id)):
            for name, (input_usd, output_usd, context, others) in lists.get(list_id or "", {}).items():
                for each in (name, *others):
                    if each not in seen and pattern.fullmatch(each):
                        seen.add(each)
                        unspoken = self._unspoken(provider, each)
                        yield Offer(provider, each, input_usd, output_usd, context, unspoken)
        for name, facts in self._ours.models.get(provider.id, {}).items():
            yield Offer(provider, name, *facts)

    def _unspoken(self, provider: Provider, model: str) -> tuple[str, ...]:
        limits = self._ours.speaks.get(provider.id, {})
        return tuple(name for name, pattern in limits.items() if not re.fullmatch(pattern, model, re.IGNORECASE))
