"""What a caller writes where a model is named, and whom it means by it.

    models    = item {"," item}              in the order they are to be tried
    item      = "!" provider                 whoever else serves them, not this one
              | model                        whoever serves it
              | model "/" provider           that one
              | provider "/" model           that one

Names of models hold slashes themselves (`meta-llama/Llama-3.3-70B-Instruct-Turbo`). What the catalogue knows decides: a
provider that serves the rest comes first, then a model spelled so as a whole. A provider named with a model that nobody
has heard of is asked for it: new models work before the catalogue knows them.
"""

from dataclasses import dataclass, field

from providers.catalog import Catalog
from providers.models.catalogue import Models, Offer
from providers.provider import Provider

MOST_ITEMS = 20
MOST_CHARS = 4096
"""Longer than any list of names; looking for what was meant would take as long as it is."""


class UnknownModel(ValueError):
    """What is written names no model; the message says what may have been meant."""


@dataclass(slots=True)
class Wanted:
    """The offers a model string means."""

    offers: list[Offer] = field(default_factory=list)
    """In the order of the items; those of one item in the catalogue's."""
    items: list[int] = field(default_factory=list)
    """For each offer the place of its item."""
    named: set[str] = field(default_factory=set)
    """The providers that the caller named together with a model."""
    notes: list[str] = field(default_factory=list)
    """What the caller should know, such as that another name was meant."""


def read_model_string(written: str, models: Models, catalog: Catalog) -> Wanted:
    """Returns what a model string means. Raises UnknownModel."""
    if len(written) > MOST_CHARS:
        raise UnknownModel(
            f"`{written[:80]}…` has {len(written)} characters, but names of models have {MOST_CHARS} at most"
        )
    items = [item.strip() for item in written.split(",") if item.strip()]
    if not items or len(items) > MOST_ITEMS:
        raise UnknownModel(f"`{written[:80]}` names {len(items)} models; name one, or up to {MOST_ITEMS} with commas")
    excluded = {_excluded(item, catalog).id for item in items if item.startswith("!")}
    wanted = Wanted()
    for place, item in enumerate(items):
        if item.startswith("!"):
            continue
        offers = _offers(item, models, catalog, wanted)
        _take(wanted, place, [offer for offer in offers if offer.provider.id not in excluded])
    if not wanted.offers:
        but = f" but the excluded {', '.join(sorted(excluded))}" if excluded else ""
        raise UnknownModel(f"`{written[:80]}` names no model that anybody{but} serves")
    return wanted


def _take(wanted: Wanted, place: int, offers: list[Offer]) -> None:
    seen = {(offer.provider.id, offer.model) for offer in wanted.offers}
    served: set[str] = set()
    for offer in offers:
        if offer.provider.id not in served and (offer.provider.id, offer.model) not in seen:
            served.add(offer.provider.id)
            wanted.offers.append(offer)
            wanted.items.append(place)


def _offers(item: str, models: Models, catalog: Catalog, wanted: Wanted) -> list[Offer]:
    first, _, after = item.partition("/")
    before, _, last = item.rpartition("/")
    pairs = [(catalog.get(id.strip().lower()), model.strip()) for id, model in ((first, after), (last, before))]
    sides = [(provider, model) for provider, model in pairs if provider is not None and model]
    for provider, model in sides:
        offer = models.at(provider, model) or _aliased(provider, model, models, wanted)
        if offer is not None:
            wanted.named.add(provider.id)
            return [offer]
    found = models.offers(item) if "/" not in item else models.spelled(item)
    if found:
        return found
    other = models.alias(item)
    if other is not None:
        wanted.notes.append(f"`{item}` is answered by `{other}`")
        return models.offers(other)
    _refuse_deployment(item, catalog)
    if sides:
        provider, model = sides[0]
        wanted.named.add(provider.id)
        return [Offer(provider, model)]
    raise UnknownModel(_unknown(item, models))


def _aliased(provider: Provider, model: str, models: Models, wanted: Wanted) -> Offer | None:
    other = models.alias(model)
    offer = None if other is None else models.at(provider, other)
    if offer is not None:
        wanted.notes.append(f"`{model}` is answered by `{offer.model}`")
    return offer


def _refuse_deployment(item: str, catalog: Catalog) -> None:
    """Helicone's third part names one of several keys for a provider; here an organization has one for each."""
    parts = item.split("/")
    if len(parts) == 3 and catalog.get(parts[1].lower()) is not None:
        raise UnknownModel(
            f"`{item[:200]}` names a deployment `{parts[2][:80]}`; an organization has one key for each provider here, "
            f"so write `{parts[0]}/{parts[1]}`"
        )


def _excluded(item: str, catalog: Catalog) -> Provider:
    id = item[1:].strip().lower()
    provider = catalog.get(id)
    if provider is None:
        near = ", ".join(catalog.near(id))
        raise UnknownModel(f"`{item[:80]}` excludes no provider we know" + (f"; near: {near}" if near else ""))
    return provider


def _unknown(item: str, models: Models) -> str:
    near = ", ".join(f"`{name}`" for name in models.near(item))
    meant = f"; did you mean {near}?" if near else "."
    return f"unknown model `{item[:200]}`{meant} A model the catalogue does not know yet is written `provider/model`"
