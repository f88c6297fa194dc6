"""Deletions and the rule of retention, as the api shows and takes them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

import msgspec


class NewDeletion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to delete: one of the three."""

    user_id: str | None = None
    request_ids: tuple[str, ...] | None = None
    organization: bool | None = None


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """A deletion that was asked for, and how far it is."""

    id: str
    state: Literal["waiting", "deleting", "settling", "done"]
    request_ids: tuple[str, ...]
    user_id: str | None
    organization: bool
    requested_at: datetime
    requested_by: str
    days_left: int | None
    counts: Mapping[str, int]
    problem: str | None
    finished_at: datetime | None


class Deletions(msgspec.Struct, frozen=True):
    deletions: tuple[Deletion, ...]


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """For how many whole days what is recorded is kept."""

    days: int | None
    changed_at: datetime | None
    changed_by: str | None
    applied_until: date | None
