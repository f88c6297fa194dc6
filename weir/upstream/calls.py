"""What the fake upstream was asked, so that a test can compare it with what was recorded."""

from collections import Counter, deque
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

_MOST_REMEMBERED = 200


@dataclass
class Calls:
    """Counts calls from the first byte to the last, and remembers the newest ones."""

    started: int = 0
    completed: int = 0
    """Answers that were sent to their last byte; errors count, broken answers do not."""
    by_status: Counter[int] = field(default_factory=Counter)
    by_path: Counter[str] = field(default_factory=Counter)
    completed_ids: list[str] = field(default_factory=list)
    """The ids in the bodies of complete answers, without the dialect's prefix."""
    newest: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_MOST_REMEMBERED))

    def start(self, scope: MutableMapping[str, Any], body: bytes) -> None:
        self.started += 1
        self.by_path[scope["path"]] += 1
        self.newest.append({"scope": scope, "body_bytes": len(body)})

    def complete(self, status: int, id: str | None = None) -> None:
        self.completed += 1
        self.by_status[status] += 1
        if id is not None:
            self.completed_ids.append(id)

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc]

    def report(self) -> bytes:
        """Writes everything as JSON; the newest call is the last."""
        newest = [
            {
                "method": call["scope"]["method"],
                "path": call["scope"]["path"],
                "query": call["scope"]["query_string"].decode("latin-1"),
                "headers": [
                    [name.decode("latin-1"), value.decode("latin-1")] for name, value in call["scope"]["headers"]
                ],
                "body_bytes": call["body_bytes"],
            }
            for call in self.newest
        ]
        return msgspec.json.encode(
            {
                "started": self.started,
                "completed": self.completed,
                "by_status": {str(status): n for status, n in self.by_status.items()},
                "by_path": self.by_path,
                "completed_ids": self.completed_ids,
                "newest": newest,
            }
        )
