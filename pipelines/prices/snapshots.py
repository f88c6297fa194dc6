"""Price lists as they were taken on: each is an object of its own beside the raw log, the newest holds.

`prices/v1/<ulid>.json.zst` has the list's version, where it came from, the list itself where it did not come with this
installation, and our overrides of that day: whoever asks later why a call cost so much finds every price of then. The
models' prices are written out as well, line by line, so that two snapshots can be compared without reading a list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
import zstandard
from ulid import ULID

from providers.price_list import PriceList, UnreadableList, installed, read_list
from providers.price_overrides import Override, our_overrides
from warehouse.object_store import ObjectStore

PREFIX = "prices/v1/"


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One list that was taken on."""

    version: str
    taken_at: datetime
    source: str
    """The address it was fetched from; `installed` for the list that came with genai-prices."""
    published: str | None = None
    """The list as its makers publish it; None for an installed one."""
    models: Mapping[str, str]
    """What each model costs, written out, by provider and name."""
    overrides_version: str
    overrides: tuple[Override, ...]

    def prices(self) -> PriceList:
        """Returns the list, ready to be asked; raises UnreadableList."""
        return installed() if self.published is None else read_list(self.published, self.version)


@dataclass(frozen=True)
class Difference:
    """What one list says and the one before it did not."""

    added: Mapping[str, str]
    removed: Mapping[str, str]
    changed: Mapping[str, tuple[str, str]]
    """Old and new price, by model."""

    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.changed)


def of_installed(now: datetime) -> Snapshot:
    """Returns the list that came with genai-prices."""
    return _snapshot(installed(), now, "installed", None)


def of_published(data: bytes, version: str, url: str, now: datetime) -> Snapshot:
    """Returns a list as it was fetched; raises UnreadableList."""
    return _snapshot(read_list(data, version), now, url, data.decode())


def keep(store: ObjectStore, snapshot: Snapshot) -> str:
    """Stores a snapshot, which holds from then on, and returns its key."""
    key = f"{PREFIX}{ULID.from_datetime(snapshot.taken_at)}.json.zst"
    store.put(key, zstandard.compress(msgspec.json.encode(snapshot)))
    return key


def newest_key(store: ObjectStore) -> str | None:
    """Returns the key of the snapshot that holds; None where none was ever taken."""
    return max((found.key for found in store.list_after(PREFIX)), default=None)


def read(store: ObjectStore, key: str) -> Snapshot:
    """Reads a snapshot; raises UnreadableList, NotFound and StoreUnavailable."""
    try:
        return msgspec.json.decode(zstandard.decompress(store.get(key)), type=Snapshot)
    except (msgspec.DecodeError, zstandard.ZstdError) as error:
        raise UnreadableList(f"{key} is no snapshot of a price list") from error


def difference(old: Snapshot | None, new: Snapshot) -> Difference:
    """Compares two snapshots; without an older one nothing is new."""
    before, after = (new if old is None else old).models, new.models
    return Difference(
        added={name: price for name, price in after.items() if name not in before},
        removed={name: price for name, price in before.items() if name not in after},
        changed={
            name: (before[name], price) for name, price in after.items() if name in before and before[name] != price
        },
    )


def _snapshot(prices: PriceList, now: datetime, source: str, published: str | None) -> Snapshot:
    ours = our_overrides()
    return Snapshot(
        version=prices.version,
        taken_at=now,
        source=source,
        published=published,
        models=dict(sorted(prices.written_out())),
        overrides_version=ours.version,
        overrides=ours.rows,
    )
