"""A reader polls a day while it is loaded and made anew: never a hole, never a double, never half a segment."""

import threading
import time
from contextlib import suppress

from pipelines.loading.day_lease import DayTaken
from tests.pipelines.conftest import Place
from tests.pipelines.exchanges import DAY, line

SEGMENTS, ROWS = 5, 5
_PAUSE_SECONDS = 0.02
"""Between two tries for the day: who tries without a pause keeps the others from their work."""


def test_a_day_that_is_loaded_and_made_anew_at_once_never_shows_a_hole_or_a_double(place: Place):
    put: list[str] = []
    seen: list[tuple[int, ...]] = []
    failures: list[BaseException] = []
    loaded = threading.Event()

    def until_free(verb) -> None:
        while True:
            with suppress(DayTaken):
                return verb()
            time.sleep(_PAUSE_SECONDS)

    def load() -> None:
        for _ in range(SEGMENTS):
            put.append(place.put_segment(*[line() for _ in range(ROWS)]))
            until_free(lambda: list(place.loader("loads").load(DAY, put)))
        loaded.set()

    def make_anew() -> None:
        until_free(lambda: place.loader("makes anew").remodel(DAY))
        while not loaded.is_set():
            until_free(lambda: place.loader("makes anew").remodel(DAY))
            time.sleep(_PAUSE_SECONDS)

    def read() -> None:
        while not loaded.is_set():
            seen.extend(
                place.ask(
                    "select sum(rows), sum(ids), min(rows), max(rows) from"
                    " (select count() as rows, uniqExact(request_id) as ids from requests group by segment)"
                )
            )

    def noting(work) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - whatever it is fails the test
            failures.append(error)
            loaded.set()

    threads = [threading.Thread(target=noting, args=(work,)) for work in (load, make_anew, read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    counts = [rows for rows, *_ in seen]
    assert counts == sorted(counts)
    assert {rows == ids for rows, ids, *_ in seen} == {True}
    assert {(least, most) for _, _, least, most in seen} <= {(0, 0), (ROWS, ROWS)}
    assert place.ask("select count(), uniqExact(request_id) from requests") == [(SEGMENTS * ROWS, SEGMENTS * ROWS)]
