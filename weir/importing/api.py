"""Asks Helicone's API for the requests of a time, page by page, and for the bodies that lie at signed addresses.

A page begins where the one before it ended, by time rather than by number: rows that come in meanwhile shift nothing.
"""

import random
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID

import httpx
import msgspec

from weir.importing.errors import BadPage, Refused, Unreachable
from weir.importing.row import Row, read_row, rows_in

CLOUD = "https://api.helicone.ai"
_PATH = "/v1/request/query-clickhouse"
_PAGE_ROWS = 1000
"""As many as Helicone gives at once."""
_FEWEST_ROWS = 50
_TRIES = 8
_MOST_PAUSE_SECONDS = 60.0
_MOST_ASKED_PAUSE_SECONDS = 900.0
_AGAIN = timedelta(seconds=2)
"""How far before its last row a page is followed up, should Helicone compare times by the second."""


@dataclass
class Page:
    """Rows in the order of their times, and what could not be read."""

    rows: list[Row] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    """Which rows, and why."""


class HeliconeApi:
    """Helicone as its API shows it to one key; threads may share it."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        tell: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
        page_rows: int = _PAGE_ROWS,
    ) -> None:
        self.url = url.rstrip("/")
        self._key = key
        self._tell = tell
        self._sleep = sleep
        self._page_rows = page_rows
        self._client = httpx.Client(timeout=httpx.Timeout(120, connect=10), follow_redirects=True)

    def close(self) -> None:
        self._client.close()

    def pages(self, start: datetime, end: datetime, seen: dict[UUID, datetime] | None = None) -> Generator[Page]:
        """Yields what was asked from `start` and before `end` and was not `seen`; raises ImportFailed."""
        near = dict(seen or {})
        since, offset = start, 0
        while True:
            written = self._page(since, end, offset)
            page = _read(written)
            fresh = [row for row in page.rows if row.request_id not in near]
            yield Page(_latest(fresh), page.unreadable)
            if len(written) < self._page_rows:
                return
            last = max((row.created_at() for row in page.rows), default=since)
            if fresh and last - _AGAIN > since:
                since, offset = last - _AGAIN, 0
            else:  # More rows than a page has were asked for at one moment.
                offset += len(written)
            near.update({row.request_id: row.created_at() for row in page.rows})
            near = {id: at for id, at in near.items() if at >= since}

    def stored_bodies(self, address: str) -> bytes | None:
        """Returns what lies at a signed address; None if it is gone. Raises Unreachable."""
        # Not with the key: the address is that of a bucket.
        answer = self._patiently(lambda: self._client.get(address), "the bodies of a request")
        if answer.is_success:
            return answer.content
        return None

    def _page(self, since: datetime, end: datetime, offset: int) -> list[msgspec.Raw]:
        where = f"requests from {since:%Y-%m-%d %H:%M:%S} UTC"
        while True:
            question = {
                "filter": {
                    "left": {"request_response_rmt": {"request_created_at": {"gte": _iso(since)}}},
                    "operator": "and",
                    "right": {"request_response_rmt": {"request_created_at": {"lt": _iso(end)}}},
                },
                "sort": {"created_at": "asc"},
                "limit": self._page_rows,
                "offset": offset,
                "isCached": False,
            }
            try:
                answer = self._patiently(lambda asked=question: self._ask(asked), where)  # type: ignore[misc]
            except Unreachable:
                # A page with large bodies may be more than it can give at once.
                if self._page_rows <= _FEWEST_ROWS:
                    raise
                self._page_rows = max(_FEWEST_ROWS, self._page_rows // 4)
                self._tell(f"Helicone fails on {where}; asking for {self._page_rows} at a time")
                continue
            self._check(answer, where)
            return rows_in(answer.content, where)

    def _ask(self, question: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._key}"}
        return self._client.post(f"{self.url}{_PATH}", json=question, headers=headers)

    def _check(self, answer: httpx.Response, where: str) -> None:
        if answer.status_code in (401, 403):
            raise Refused(
                f"Helicone at {self.url} does not take the key ({answer.status_code}: {answer.text[:200]}); "
                "give a key that may read, from Settings, API Keys"
            )
        if answer.status_code == 404:
            raise Refused(f"{self.url} has no {_PATH}: give --url the address of Helicone's API, such as {CLOUD}")
        if not answer.is_success:
            raise BadPage(f"{where}: Helicone answered {answer.status_code}: {answer.text[:200]}")

    def _patiently(self, ask: Callable[[], httpx.Response], what: str) -> httpx.Response:
        """Asks until there is an answer that asking again would not change; raises Unreachable."""
        failures = 0
        while True:
            trouble, pause = "", 0.0
            try:
                answer = ask()
                if answer.status_code != 429 and answer.status_code < 500:
                    return answer
                trouble, pause = f"{answer.status_code} {answer.text[:200]}", _retry_after(answer)
            except httpx.HTTPError as error:
                trouble = str(error) or type(error).__name__
            failures += 1
            if failures == _TRIES:
                raise Unreachable(
                    f"Helicone gave no answer about {what} in {_TRIES} tries: {trouble}; run the same command later, "
                    "and it goes on from there"
                )
            pause = pause or random.uniform(0.5, 1) * min(_MOST_PAUSE_SECONDS, 2.0**failures)  # noqa: S311
            self._tell(f"Helicone: {trouble[:80]}; asking again in {pause:.0f} s")
            self._sleep(pause)


def _read(written: list[msgspec.Raw]) -> Page:
    page = Page()
    for each in written:
        try:
            page.rows.append(read_row(each))
        except ValueError as error:
            page.unreadable.append(str(error))
    return page


def _latest(rows: list[Row]) -> list[Row]:
    """Keeps one row of each request: the one written last, where ClickHouse has not merged its versions yet."""
    kept: dict[UUID, Row] = {}
    for row in rows:
        other = kept.get(row.request_id)
        if other is None or (row.updated_at or "") > (other.updated_at or ""):
            kept[row.request_id] = row
    return list(kept.values())


def _retry_after(answer: httpx.Response) -> float:
    """Returns the seconds the answer asks to wait; 0 where it does not."""
    said = answer.headers.get("Retry-After", "")
    try:
        seconds = float(said)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
        except (TypeError, ValueError):
            return 0.0
    return min(max(seconds, 0.0), _MOST_ASKED_PAUSE_SECONDS)


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
