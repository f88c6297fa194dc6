"""What an import has done so far, and what of it could not be carried."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Counts:
    """Figures of one run."""

    requests: int = 0
    """Requests written into segments, those that an earlier run wrote included."""
    scores: int = 0
    feedback: int = 0
    segments: int = 0
    """Segments stored now."""
    segments_there: int = 0
    """Segments that an earlier run had stored."""
    days_there: int = 0
    """Days that an earlier run had finished, and that were not asked for again."""
    rows_loaded: int = 0
    """Rows that are queryable now."""
    not_carried: Counter[str] = field(default_factory=Counter)
    """What was left out, and how often."""
    examples: dict[str, str] = field(default_factory=dict)
    """The first instance of each."""

    def leave_out(self, what: str, example: str) -> None:
        self.not_carried[what] += 1
        self.examples.setdefault(what, example[:200])
