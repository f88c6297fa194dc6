"""What a call's headers ask of the response cache.

    Weir-Cache-Enabled           true, false     read and save
    Weir-Cache-Read, -Save       true, false     one of the two alone
    Weir-Cache-Seed              text            answers of another seed are not shared
    Weir-Cache-Bucket-Max-Size   1 to 20         how many answers to the same question are kept
    Weir-Cache-Bucket-Fill       true, false     ask the provider until the bucket is full, and only then draw from it
    Weir-Cache-Ignore-Keys       name, name      top-level keys of the body that make no difference
    Weir-Cache-Control           max-age=<s>     how long an answer is good; also s-maxage, no-cache, no-store

Each may be written `Helicone-…`; for the last the standard `Cache-Control` is read as well. Lifetime and bucket size
are not part of what tells questions apart, so changing them loses nothing that is kept.
"""

import re
from dataclasses import dataclass

from gateway.caller.head import Head
from gateway.errors import BadRequest

DEFAULT_SECONDS = 7 * 86400
MOST_SECONDS = 365 * 86400
MOST_SLOTS = 20

_SECONDS = re.compile(r"(s-maxage|max-age)\s*=\s*(.*)", re.IGNORECASE)
_LONGEST_SEED = 1024


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """How one call uses the cache."""

    reads: bool
    """Whether an answer that is kept may be served."""
    saves: bool
    """Whether the provider's answer is kept."""
    seed: str = ""
    slots: int = 1
    """How many answers to the same question are kept."""
    fills_first: bool = False
    """Whether nothing is served before all slots are filled, as Helicone does it."""
    ignored_keys: frozenset[str] = frozenset()
    max_age_seconds: int = DEFAULT_SECONDS
    """How long this call's answer is good."""
    accepts_seconds: int | None = None
    """The greatest age of an answer this call accepts; None if it named none."""


def read_cache_policy(head: Head) -> CachePolicy | None:
    """Returns what the headers ask for, or None if nothing. Raises BadRequest, naming header and grammar."""
    return _read(head, head.ours) if asks_for_cache(head) else None


def asks_for_cache(head: Head) -> bool:
    """Whether there may be a policy in the headers."""
    ours = head.ours
    return "cache-enabled" in ours or "cache-read" in ours or "cache-save" in ours


def _read(head: Head, ours: dict[str, str]) -> CachePolicy | None:
    is_enabled = _flag(ours, "cache-enabled")
    reads, saves = _flag(ours, "cache-read") or is_enabled, _flag(ours, "cache-save") or is_enabled
    slots = _slots(ours.get("cache-bucket-max-size"))
    fills_first = _flag(ours, "cache-bucket-fill")
    seed = ours.get("cache-seed", "").strip()
    if len(seed) > _LONGEST_SEED:
        raise BadRequest(f"header `Weir-Cache-Seed` has {len(seed)} characters; at most {_LONGEST_SEED} are taken")
    ignored = frozenset(key for part in ours.get("cache-ignore-keys", "").split(",") if (key := part.strip()))
    named = _Control.read("Weir-Cache-Control", ours["cache-control"]) if "cache-control" in ours else None
    if not reads and not saves:
        return None
    control = named or _Control.read("Cache-Control", head.value(b"cache-control") or "")
    return CachePolicy(
        reads=reads and not control.forbids_reading,
        saves=saves and not control.forbids_saving,
        seed=seed,
        slots=slots,
        fills_first=fills_first and slots > 1,
        ignored_keys=ignored,
        max_age_seconds=DEFAULT_SECONDS if control.seconds is None else control.seconds,
        accepts_seconds=control.seconds,
    )


@dataclass(frozen=True, slots=True)
class _Control:
    """As much of a Cache-Control header (RFC 9111, 5.2) as matters here; other directives are passed over."""

    seconds: int | None = None
    forbids_reading: bool = False
    forbids_saving: bool = False

    @staticmethod
    def read(header: str, value: str) -> "_Control":
        seconds: dict[str, int] = {}
        words = set()
        for part in value.split(","):
            directive = part.strip().lower()
            words.add(directive)
            if found := _SECONDS.fullmatch(directive):
                seconds[found[1]] = _age(header, value, found[2].strip().strip('"'))
        return _Control(
            seconds.get("s-maxage", seconds.get("max-age")),
            forbids_reading=not words.isdisjoint({"no-cache", "no-store"}) or 0 in seconds.values(),
            forbids_saving="no-store" in words or 0 in seconds.values(),
        )


def _age(header: str, value: str, digits: str) -> int:
    if not digits.isascii() or not digits.isdigit() or len(digits) > 15:
        raise BadRequest(
            f"header `{header}` is `{value[:80]}`, but must be such as `max-age=3600` or `s-maxage=3600`, in seconds"
        )
    return min(int(digits), MOST_SECONDS)


def _slots(value: str | None) -> int:
    if value is None:
        return 1
    digits = value.strip()
    if not re.fullmatch(r"[0-9]{1,4}", digits) or not 1 <= int(digits) <= MOST_SLOTS:
        raise BadRequest(
            f"header `Weir-Cache-Bucket-Max-Size` (or `Helicone-Cache-Bucket-Max-Size`) is `{value[:80]}`, but must be "
            f"a whole number from 1 to {MOST_SLOTS}"
        )
    return int(digits)


def _flag(ours: dict[str, str], name: str) -> bool:
    value = ours.get(name)
    if value is None:
        return False
    word = value.strip().lower()
    if word not in ("true", "false"):
        title = name.title()
        raise BadRequest(
            f"header `Weir-{title}` (or `Helicone-{title}`) is `{value[:80]}`, but must be `true` or `false`"
        )
    return word == "true"
