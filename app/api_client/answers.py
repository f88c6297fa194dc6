"""Answers to the dashboard's questions, remembered for a few seconds.

A click runs a page's script again, with the same questions: they must not all travel to the api again. The api keeps
results for longer and knows when data changed; this only bridges the seconds in which a person clicks.
"""

import json
import threading
import time
from collections.abc import Callable

from app.api_client.client import ApiClient, Credential, Query
from app.api_client.values import Answer
from app.questions.question import Question

_REMEMBERED_SECONDS = 10
_REMEMBERED_ANSWERS = 1000


class Answers:
    """Asks the api, or remembers; thread-safe. Failures are not remembered."""

    def __init__(self, api: ApiClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock
        self._kept: dict[tuple[str | None, str, str], tuple[float, Answer]] = {}
        self._lock = threading.Lock()

    def of(self, credential: Credential, asked: Question, *, live: bool = False) -> Answer:
        """Returns the answer, a few seconds old at most unless somebody waits for news; raises ApiError."""
        key = (credential.organization_id, asked.sql, json.dumps(asked.used, sort_keys=True, default=str))
        with self._lock:
            until, answer = self._kept.get(key, (0.0, None))
        if answer is not None and self._clock() < until and not live:
            return answer
        max_age = None if live else _REMEMBERED_SECONDS
        answer = self._api.query(credential, Query(asked.sql, asked.used), max_age=max_age)
        with self._lock:
            if len(self._kept) >= _REMEMBERED_ANSWERS:
                self._kept.clear()
            self._kept[key] = (self._clock() + _REMEMBERED_SECONDS, answer)
        return answer
