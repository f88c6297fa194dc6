"""The state of what stands behind the calls: keys, spool, shipper. Read for /readyz and /metrics."""

from prometheus_client.core import Metric

from gateway.caller.keys import KeyCache
from gateway.caller.provider_keys import ProviderKeys
from gateway.metrics import counter, gauge
from warehouse.rawlog.shipper import Shipper
from warehouse.rawlog.spool import Spool


class Vitals:
    """Knows the parts once the app has started."""

    def __init__(self) -> None:
        self._keys: KeyCache | None = None
        self._provider_keys: ProviderKeys | None = None
        self._spool: Spool | None = None
        self._shipper: Shipper | None = None

    def watch(self, keys: KeyCache, provider_keys: ProviderKeys, spool: Spool, shipper: Shipper) -> None:
        self._keys, self._provider_keys, self._spool, self._shipper = keys, provider_keys, spool, shipper

    def problems(self) -> list[str]:
        """Returns what keeps the gateway from taking calls, in words for the operator."""
        if self._keys is None or self._spool is None:
            return ["the gateway is starting"]
        found = []
        if not self._keys.is_loaded:
            found.append("the keys could not be read from the application database yet")
        if not self._spool.has_room:
            found.append("the spool is full, or its disk is full or fails")
        return found

    def figures(self) -> list[Metric]:
        """Returns the gauges and counters of the parts."""
        if self._keys is None or self._provider_keys is None or self._spool is None or self._shipper is None:
            return []
        spool, shipper = self._spool.stats(), self._shipper.stats()
        return [
            gauge("weir_gateway_keys", "Active keys in memory.", len(self._keys)),
            gauge("weir_gateway_keys_age_seconds", "Age of what is known about keys.", self._keys.age_seconds),
            gauge("weir_gateway_provider_keys", "Stored provider keys in use.", len(self._provider_keys)),
            gauge(
                "weir_gateway_provider_keys_unreadable",
                "Stored provider keys that WEIR_SECRET_KEY does not open; more than 0 is an alarm.",
                self._provider_keys.unreadable,
            ),
            gauge("weir_gateway_database_up", "Whether the last read of the keys worked.", self._keys.database_is_up),
            gauge("weir_spool_bytes", "Bytes that wait on disk to be shipped.", spool.bytes),
            gauge("weir_spool_files", "Files that wait on disk to be shipped.", spool.files),
            gauge("weir_spool_oldest_seconds", "Age of the oldest record that waits.", spool.oldest_seconds),
            counter("weir_spool_disk_errors", "Flushes and seals that failed.", spool.disk_errors),
            counter("weir_shipped_segments", "Segments brought into the object store.", shipper.segments),
            counter("weir_shipped_bytes", "Bytes of these segments.", shipper.stored_bytes),
            counter("weir_ship_failures", "Tries to ship that failed.", shipper.failures),
        ]
