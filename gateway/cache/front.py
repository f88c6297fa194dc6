"""The entries last used, in memory, so that a popular answer costs no look into the store."""

from collections import OrderedDict

from gateway.cache.entry import Entry


class Front:
    """Holds entries up to a number of bytes and forgets the ones not used for longest."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str) -> Entry | None:
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, key: str, entry: Entry) -> None:
        """Keeps it, unless it alone would take more than a quarter of the room."""
        self.drop(key)
        if entry.size * 4 > self._most_bytes:
            return
        self._entries[key] = entry
        self.bytes += entry.size
        while self.bytes > self._most_bytes:
            _, oldest = self._entries.popitem(last=False)
            self.bytes -= oldest.size

    def drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.bytes -= entry.size
