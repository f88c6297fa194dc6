"""The asset `prices`: which price list holds, taken on anew when there is a newer one, with what it changes.

Without an address the list is the one that came with genai-prices, and a newer one comes with its next version. Where
the operator gives an address, the list is fetched from there every day. Calls that are loaded from then on are priced
by it; history keeps its cost until its days are made anew (`reprice`), which nobody does on his own.
"""

import hashlib
import urllib.request
from datetime import UTC, datetime

import dagster as dg

from pipelines.prices import snapshots
from pipelines.prices.snapshots import Difference, Snapshot
from providers.price_list import UnreadableList
from warehouse.object_store import ObjectStore

PRICES = dg.AssetKey("prices")
_MOST_BYTES = 100_000_000
_TIMEOUT_SECONDS = 60
_MOST_LINES = 200
"""Of each part of a difference that are shown; the snapshots have all."""


class PriceListUnavailable(Exception):
    """A newer list could not be had; the present one goes on to hold."""


def prices(store: ObjectStore, url: str | None) -> dg.AssetsDefinition:
    """Makes the asset; `url` is where newer lists are fetched from, if anywhere."""

    @dg.asset(
        key=PRICES,
        group_name="prices",
        kinds={"json"},
        description="The dated prices that rows are priced by, with our overrides: the newest snapshot holds.",
    )
    def take_on() -> dg.MaterializeResult[None]:
        old, new = refresh(store, url, datetime.now(UTC))
        return dg.MaterializeResult(metadata=_metadata(new, snapshots.difference(old, new)))

    return take_on


def daily() -> dg.ScheduleDefinition:
    """Looks for a newer list once a day."""
    return dg.ScheduleDefinition(
        name="prices_daily",
        job=dg.define_asset_job(
            "refresh_prices",
            selection=[PRICES],
            description="Takes on a newer price list if there is one; what is loaded from then on is priced by it.",
        ),
        cron_schedule="43 3 * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Looks for a newer price list every night at 03:43 UTC.",
    )


def refresh(store: ObjectStore, url: str | None, now: datetime) -> tuple[Snapshot | None, Snapshot]:
    """Takes on the newest list and returns the one that held before, if any, and the one that holds now.

    Raises PriceListUnavailable, UnreadableList and StoreUnavailable; then the present list goes on to hold.
    """
    key = snapshots.newest_key(store)
    old = None if key is None else snapshots.read(store, key)
    new = snapshots.of_installed(now) if url is None else _fetched(url, now)
    if old is not None and (old.version, old.overrides_version) == (new.version, new.overrides_version):
        return old, old
    snapshots.keep(store, new)
    return old, new


def _fetched(url: str, now: datetime) -> Snapshot:
    try:
        # The operator's own address, which may be that of a file.
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            data: bytes = answer.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise PriceListUnavailable(f"no price list can be had from {url}: {error}") from error
    if len(data) > _MOST_BYTES:
        raise PriceListUnavailable(f"what {url} gives is longer than {_MOST_BYTES:,} bytes and no price list")
    version = f"genai-prices-{hashlib.sha256(data).hexdigest()[:12]}"
    snapshot = snapshots.of_published(data, version, url, now)
    if not snapshot.models:
        raise UnreadableList(f"the price list from {url} has no model")
    return snapshot


def _metadata(snapshot: Snapshot, difference: Difference) -> dict[str, dg.MetadataValue]:
    lines = [
        *(f"+ {name}: {price}" for name, price in list(difference.added.items())[:_MOST_LINES]),
        *(f"- {name}: {price}" for name, price in list(difference.removed.items())[:_MOST_LINES]),
        *(f"! {name}: {old} → {new}" for name, (old, new) in list(difference.changed.items())[:_MOST_LINES]),
    ]
    return {
        "version": dg.MetadataValue.text(snapshot.version),
        "source": dg.MetadataValue.text(snapshot.source),
        "overrides": dg.MetadataValue.text(snapshot.overrides_version),
        "taken_at": dg.MetadataValue.text(snapshot.taken_at.isoformat()),
        "models": dg.MetadataValue.int(len(snapshot.models)),
        "added": dg.MetadataValue.int(len(difference.added)),
        "removed": dg.MetadataValue.int(len(difference.removed)),
        "changed": dg.MetadataValue.int(len(difference.changed)),
        "difference": dg.MetadataValue.md("\n".join(["```diff", *lines, "```"]) if lines else "nothing changed"),
    }
