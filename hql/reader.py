"""Who asks, and what they may see."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Reader:
    """The organization a query is for, and the restrictions of the person or key behind it."""

    organization_id: UUID
    hidden_columns: frozenset[str] = frozenset()
    """Columns this reader may not read, by name."""
    max_rows: int = 10_000
    """How many rows the answer may have."""

    @property
    def restrictions(self) -> str:
        """Returns what an answer depends on beside the organization, for the key of the cache."""
        return ",".join(sorted(self.hidden_columns))
