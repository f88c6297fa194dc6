"""What a deletion or a retention takes out of the raw log and the tables: requests of one organization.

Rows of the tables are found by the warehouse (`doomed.py`), lines of the raw log here.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import repeat
from uuid import UUID

import msgspec

from control.deletions import Deletion, digest_of

EVER = datetime(2200, 1, 1, tzinfo=UTC)

LONGEST_CALL = timedelta(hours=1)
"""A call may have begun before a deletion was asked for and be recorded this much later."""


@dataclass(frozen=True)
class Selection:
    """Requests of an organization that were received until a moment: some of them, those of a user, or all."""

    organization_id: UUID
    until: datetime = EVER
    request_ids: frozenset[UUID] = frozenset()
    user_id: str | None = None
    user_sha256: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it takes every request of the organization."""
        return not self.request_ids and self.user_sha256 is None

    @staticmethod
    def of(deletion: Deletion) -> "Selection":
        subject = deletion.subject
        return Selection(
            deletion.organization_id,
            deletion.requested_at,
            frozenset(subject.request_ids),
            subject.user_id,
            subject.user_sha256,
        )

    def reaches(self, begun_at: datetime | None) -> bool:
        """Whether a file begun then may hold such requests: until the moment or soon after it; None is any time."""
        return begun_at is None or begun_at <= self.until + LONGEST_CALL


class Line(msgspec.Struct, frozen=True):
    """What tells whose record a line of the raw log is; every kind of record has some of it."""

    organization_id: UUID
    created_at: datetime
    kind: str = "exchange"
    request_id: UUID | None = None
    session_id: str | None = None
    user_id: str | None = None
    score_id: UUID | None = None
    edit_id: UUID | None = None


_decoder = msgspec.json.Decoder(Line)


@dataclass
class DeletedLines:
    """Tells which lines of a day's segments the selections take, and counts them for each."""

    selections: Sequence[Selection]
    said_ids: Collection[UUID] = ()
    """Scores, feedback and edits of which is known already that they are about a deleted request."""
    counts: list[int] = field(init=False)
    _met: list[set[UUID]] = field(init=False)
    """Requests whose records were met, for each selection: what is said of them goes too."""

    def __post_init__(self) -> None:
        self.counts = [0] * len(self.selections)
        self._met = [set() for _ in self.selections]
        self._organizations = {str(each.organization_id).encode() for each in self.selections}

    @property
    def request_counts(self) -> list[int]:
        """Requests whose records were taken, for each selection."""
        return [len(each) for each in self._met]

    def __call__(self, line: bytes) -> bool:
        if not any(organization in line for organization in self._organizations):
            return False
        try:
            read = _decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            found = self._first(_names(each, line) for each in self.selections)
        else:
            found = self._first(map(self._takes, self.selections, self._met, repeat(read)))
            if found is not None and read.kind == "exchange" and read.request_id is not None:
                self._met[found].add(read.request_id)
        if found is not None:
            self.counts[found] += 1
        return found is not None

    def _takes(self, selection: Selection, met: set[UUID], line: Line) -> bool:
        if line.organization_id != selection.organization_id:
            return False
        if line.kind != "exchange" and (line.request_id in met or (line.score_id or line.edit_id) in self.said_ids):
            return True
        if line.created_at.astimezone(UTC) > selection.until:
            return False
        if selection.is_whole or line.request_id in selection.request_ids:
            return True
        if line.user_id is None or selection.user_sha256 is None:
            return False
        return digest_of(line.organization_id, line.user_id) == selection.user_sha256

    @staticmethod
    def _first(takes: Iterable[bool]) -> int | None:
        return next((number for number, each in enumerate(takes) if each), None)


def _names(selection: Selection, line: bytes) -> bool:
    """Whether a line that cannot be read names what is deleted: rather one too many than one too few."""
    if str(selection.organization_id).encode() not in line:
        return False
    named = [str(each).encode() for each in selection.request_ids]
    if selection.user_id is not None:
        named.append(msgspec.json.encode(selection.user_id))
    return selection.is_whole or any(each in line for each in named)
