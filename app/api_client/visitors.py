"""Who holds which session, remembered for half a minute so that a page's many calls ask the api once."""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from app.api_client.client import ApiClient, Credential
from app.api_client.errors import SignedOut
from app.api_client.values import Me

SESSION_COOKIE = "weir_session"

_TOKEN = re.compile(r"[\w-]{1,200}", re.ASCII)
_REMEMBERED_SECONDS = 30
_REMEMBERED_VISITORS = 10_000


@dataclass(frozen=True)
class _Known:
    me: Me | None
    until: float


class Visitors:
    """Asks the api whose a session is; thread-safe.

    A session that ended may still be taken for valid for as long as an answer is remembered, never longer. A failure to
    ask is not remembered and is the caller's to handle.
    """

    def __init__(self, api: ApiClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()

    def who(self, token: str | None) -> Me | None:
        """Returns whose session it is, None if it is nobody's; raises ApiError where the api cannot tell."""
        if not token or not _TOKEN.fullmatch(token):
            # The api could not even be asked about it, which must not look like an api that is down.
            return None
        now = self._clock()
        with self._lock:
            known = self._known.get(token)
        if known is None or known.until < now:
            known = _Known(self._ask(token), now + _REMEMBERED_SECONDS)
            with self._lock:
                if len(self._known) >= _REMEMBERED_VISITORS:
                    self._known.clear()
                self._known[token] = known
        return known.me

    def forget(self, token: str) -> None:
        """Asks anew the next time."""
        with self._lock:
            self._known.pop(token, None)

    def _ask(self, token: str) -> Me | None:
        try:
            return self._api.me(Credential(token))
        except SignedOut:
            return None
