"""Which keys may use the gateway, kept in memory so that no call waits for the database.

What changed is read every few seconds, see `gateway/caller/refreshing.py`; so a revoked key stops working within
`REFRESH_SECONDS` and the time the read takes. A key made since the last read is looked up when it first comes. While
the database is away known keys keep working for `grace_seconds`.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from control.api_keys import ApiKey, Changes, changes_since, find_by_hash
from control.secrets import looks_like_key, sha256_hex
from gateway.errors import Forbidden, TooManyRequests, Unauthorized, Unavailable

UNKNOWN_SECONDS = 5.0
"""How long a key that does not exist is remembered as such."""
LOOK_UPS_PER_SECOND = 20
"""Most look-ups of keys nobody has seen, per process."""

READ_SECONDS = 5.0
"""How long a call waits for a look-up, and after which a database that says nothing counts as away."""

WHOLE_READ_SECONDS = 600.0
"""All keys are read now and then, to forget expired ones and to notice what was changed in the database by hand."""

_REMEMBERED_UNKNOWN = 10_000
_THREADS = 4
"""For look-ups alone: a database that hangs must not take the threads that calls of known keys need."""

INVALID_KEY = "this Weir key does not exist, or is revoked or expired; make one with `weir create-key`"

_logger = logging.getLogger(__name__)

_sha256_hex = lru_cache(maxsize=1024)(sha256_hex)


class KeyCache:
    """The active keys by the hash of their secrets."""

    def __init__(self, engine: Engine, *, grace_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._grace_seconds = grace_seconds
        self._clock = clock
        self._keys: dict[str, ApiKey] = {}
        self._version: int | None = None
        self._refreshes = 0
        self._whole_read_at = clock()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="keys")
        self._unknown: dict[str, float] = {}
        self._looking_up: dict[str, asyncio.Future[ApiKey | None]] = {}
        self._look_ups_left = float(LOOK_UPS_PER_SECOND)
        self._counted_at = clock()
        self._read_at: float | None = None
        self.database_is_up = False

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def is_loaded(self) -> bool:
        """Whether the keys have been read once."""
        return self._read_at is not None

    @property
    def age_seconds(self) -> float:
        """Seconds since the keys were last read; infinite if they never were."""
        return float("inf") if self._read_at is None else self._clock() - self._read_at

    async def find(self, secret: str) -> ApiKey:
        """Returns the key of a secret.

        Raises Unauthorized for whatever is no active key, Forbidden if it may not use the gateway, and Unavailable if
        nobody can tell.
        """
        secret_sha256 = _sha256_hex(secret)
        key = self._keys.get(secret_sha256)
        if key is None:
            if not looks_like_key(secret):
                raise Unauthorized(INVALID_KEY)
            key = await self._look_up(secret_sha256)
        elif self.age_seconds > self._grace_seconds:
            raise Unavailable("the keys could not be checked for too long; try again soon")
        if key.expires_at is not None and key.expires_at <= datetime.now(UTC):
            raise Unauthorized(INVALID_KEY)
        if "gateway" not in key.scopes:
            raise Forbidden(
                f"key {key.prefix}… has the scopes {', '.join(sorted(key.scopes))}; use one with the scope `gateway`"
            )
        return key

    async def refresh(self) -> None:
        """Reads the keys that changed; keeps what is known if that fails."""
        asked_at = self._clock()
        is_due = asked_at - self._whole_read_at >= WHOLE_READ_SECONDS
        version = None if is_due else self._version
        reading = asyncio.get_running_loop().run_in_executor(None, changes_since, self._engine, version)
        await asyncio.wait({reading}, timeout=READ_SECONDS)
        if not reading.done():
            self._note_away("the database says nothing")
        try:
            changes = await reading
        except SQLAlchemyError as error:
            self._note_away(type(error).__name__)
        else:
            self._take(changes)
            self._read_at = asked_at
            self.database_is_up = True

    def _note_away(self, reason: str) -> None:
        if self.database_is_up or not self.is_loaded:
            _logger.warning("keys cannot be read, known ones keep working: %s", reason)
        self.database_is_up = False

    def _take(self, changes: Changes) -> None:
        self._refreshes += 1
        # Who asks from now on asks anew: a look-up that began before may not know of a revocation.
        self._looking_up.clear()
        self._version = changes.version
        if changes.is_whole:
            self._keys, self._whole_read_at = changes.by_hash, self._clock()
            return
        for secret_sha256, key in changes.by_hash.items():
            if key.revoked_at is None:
                self._keys[secret_sha256] = key
            else:
                self._keys.pop(secret_sha256, None)

    def close(self) -> None:
        """Closes the connections to the database."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._engine.dispose()

    async def _look_up(self, secret_sha256: str) -> ApiKey:
        now = self._clock()
        if self._unknown.get(secret_sha256, 0.0) > now:
            raise Unauthorized(INVALID_KEY)
        # The first calls of a new key often come many at once: they wait for one look-up.
        asked, refreshes = self._looking_up.get(secret_sha256), self._refreshes
        if asked is None:
            self._spend_look_up(now)
            loop = asyncio.get_running_loop()
            asked = loop.run_in_executor(self._threads, find_by_hash, self._engine, secret_sha256)
            self._looking_up[secret_sha256] = asked
            asked.add_done_callback(lambda _: self._looking_up.pop(secret_sha256, None))
        try:
            # Shielded: the client of one waiting call may leave.
            key = await asyncio.wait_for(asyncio.shield(asked), READ_SECONDS)
        except (SQLAlchemyError, TimeoutError) as error:
            _logger.warning("a key cannot be looked up: %s", type(error).__name__)
            raise Unavailable("the key cannot be checked right now; try again soon") from error
        if key is None:
            if len(self._unknown) >= _REMEMBERED_UNKNOWN:
                self._unknown.clear()
            self._unknown[secret_sha256] = now + UNKNOWN_SECONDS
            raise Unauthorized(INVALID_KEY)
        if refreshes == self._refreshes:
            # After a refresh in between, this answer may be older than a revocation that the refresh has told.
            self._keys[secret_sha256] = key
        return key

    def _spend_look_up(self, now: float) -> None:
        """Takes one from a bucket that fills steadily, so that guessing keys does not load the database."""
        earned = (now - self._counted_at) * LOOK_UPS_PER_SECOND
        self._look_ups_left = min(self._look_ups_left + earned, float(LOOK_UPS_PER_SECOND))
        self._counted_at = now
        if self._look_ups_left < 1:
            raise TooManyRequests("too many unknown keys are being tried; try again in a second")
        self._look_ups_left -= 1
