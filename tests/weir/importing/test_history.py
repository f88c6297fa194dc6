"""A whole history comes over once, whatever Helicone's API does in between."""

import signal
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta

import pytest

from tests.waiting import until
from tests.weir.importing.conftest import ORGANIZATION
from tests.weir.importing.conversations import CHAT, CHAT_ANSWER, number, plain
from tests.weir.importing.fake_helicone import KEY
from warehouse.settings import RAW_BUCKET
from weir.importing import packing
from weir.importing.errors import BadPage, Refused, Unreachable

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 3)


def fill(helicone, count, moments=("08:30:00.123", "08:30:00.124", "08:30:01.000", "23:59:59.999")):
    """Adds requests over three days, many of them at one moment."""
    for each in range(count):
        day = FIRST + timedelta(days=each % 3)
        helicone.add(CHAT, CHAT_ANSWER, **plain(each, f"{day} {moments[each // 3 % len(moments)]}"))


def ids(place):
    return Counter(str(exchange.request_id) for exchange in place.exchanges())


@pytest.mark.parametrize("by_second", [False, True])
def test_every_request_comes_over_once_although_many_share_a_moment(place, helicone, by_second):
    helicone.by_second = by_second
    fill(helicone, 120)
    counts = place.bring(FIRST, LAST, page_rows=7)
    assert ids(place) == Counter(number(each) for each in range(120))
    assert counts.requests == 120
    assert not counts.not_carried
    assert {key[:20] for key in place.segments()} == {f"raw/v1/dt=2026-11-0{day}" for day in (1, 2, 3)}
    assert all(
        f"dt={each.created_at:%Y-%m-%d}" in place.segments()[each.created_at.day - 1] for each in place.exchanges()
    )


def test_only_the_days_asked_for_come(place, helicone):
    fill(helicone, 30)
    place.bring(date(2026, 11, 2), date(2026, 11, 2))
    assert {each.created_at.date() for each in place.exchanges()} == {date(2026, 11, 2)}


def test_a_second_run_asks_for_nothing_and_stores_nothing(place, helicone):
    fill(helicone, 30)
    place.bring(FIRST, LAST)
    before, asked = place.segments(), len(helicone.questions)
    counts = place.bring(FIRST, LAST)
    assert counts.days_there == 3
    assert (place.segments(), len(helicone.questions)) == (before, asked)


def test_the_same_rows_read_again_are_the_same_segments(place, helicone):
    fill(helicone, 30)
    place.bring(FIRST, LAST)
    before = place.segments()
    for note in list(place.store.list_after("import/")):
        place.store.delete(note.key)
    counts = place.bring(FIRST, LAST, page_rows=4)
    assert counts.segments_there == 3
    assert place.segments() == before


def test_a_day_that_was_not_over_is_asked_for_again(place, helicone):
    today = date(2026, 11, 20)
    helicone.add(CHAT, CHAT_ANSWER, **plain(1, f"{today} 08:00:00.000"))
    place.bring(today, today)
    helicone.add(CHAT, CHAT_ANSWER, **plain(2, f"{today} 09:00:00.000"))
    place.bring(today, today)
    assert set(ids(place)) == {number(1), number(2)}


def test_of_a_request_in_two_versions_the_later_one_comes(place, helicone):
    for version, user in (("2026-11-01 09:00:00.000", "late"), ("2026-11-01 08:00:00.000", "early")):
        at = plain(1, f"{FIRST} 08:00:00.000")
        helicone.add(CHAT, CHAT_ANSWER, **at, updated_at=version, request_user_id=user)
    place.bring(FIRST, FIRST)
    assert [each.user_id for each in place.exchanges()] == ["late"]


_IMPORT = """
import sys
from datetime import UTC, date, datetime
from uuid import UUID

from providers.catalog import load_catalog
from warehouse.object_store import open_object_store
from weir.importing import packing
from weir.importing.api import HeliconeApi
from weir.importing.history import History
from weir.importing.note import Notebook

url, bucket, organization, helicone, key, segment_records = sys.argv[1:]
packing._SEGMENT_RECORDS = int(segment_records)
store = open_object_store(url, bucket)
api = HeliconeApi(helicone, key, page_rows=10)
history = History(store, UUID(organization), load_catalog(), kept_bytes=1 << 20)
notebook = Notebook(store, UUID(organization), helicone, key)
history.from_api(api, notebook, date(2026, 11, 1), date(2026, 11, 3), datetime(2026, 11, 20, tzinfo=UTC))
"""


def test_a_run_that_was_killed_goes_on_where_it_was_and_doubles_nothing(place, helicone, monkeypatch):
    fill(helicone, 300, moments=[f"{hour:02}:00:00.000" for hour in range(24)])
    arguments = [place.url, RAW_BUCKET, str(ORGANIZATION), helicone.url, KEY, "15"]
    for segments in (2, 8):
        with subprocess.Popen([sys.executable, "-c", _IMPORT, *arguments]) as run:
            until(lambda enough=segments: len(place.segments()) >= enough)
            run.send_signal(signal.SIGKILL)
    asked = len(helicone.told_bodies)
    monkeypatch.setattr(packing, "_SEGMENT_RECORDS", 15)
    counts = place.bring(FIRST, LAST, page_rows=10)
    assert ids(place) == Counter(number(each) for each in range(300))
    # The seven segments of the first day are noted; the eighth may have been stored right before the end.
    assert counts.requests <= 200
    assert len(helicone.told_bodies) - asked <= 200


def test_it_waits_as_long_as_it_is_asked_to(place, helicone):
    fill(helicone, 3)
    helicone.troubles.extend([(429, {"Retry-After": "7"}, "slow down"), (429, {"Retry-After": "3"}, "slow down")])
    place.bring(FIRST, FIRST)
    assert place.slept == [7, 3]
    assert len(place.exchanges()) == 1
    assert "429 slow down; asking again in 7 s" in place.told[0]


def test_it_waits_longer_each_time_where_nobody_says_how_long(place, helicone):
    fill(helicone, 3)
    helicone.troubles.extend([(503, {}, "")] * 4)
    place.bring(FIRST, FIRST)
    assert all(2.0 ** (tries - 1) <= slept <= 2.0**tries for tries, slept in enumerate(place.slept, 1))
    assert len(place.slept) == 4


def test_a_page_that_is_too_much_at_once_is_asked_for_in_smaller_ones(place, helicone):
    fill(helicone, 600)
    helicone.most_rows = 100
    place.bring(FIRST, LAST)
    assert len(ids(place)) == 600
    assert {question["limit"] for question in helicone.questions if question["limit"] <= 100} == {62}


def test_a_service_that_stays_away_ends_the_run_and_the_next_one_goes_on(place, helicone):
    fill(helicone, 30)
    place.bring(FIRST, FIRST)
    helicone.troubles.extend([(500, {}, "down")] * 100)
    with pytest.raises(Unreachable, match=r"requests from 2026-11-02 .* 500 down; run the same command later"):
        place.bring(FIRST, LAST)
    helicone.troubles.clear()
    assert place.bring(FIRST, LAST).days_there == 1
    assert ids(place) == Counter(number(each) for each in range(30))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, {}, "<html>maintenance"), r"not an answer of Helicone's query-clickhouse .*<html>maintenance"),
        ((200, {}, '{"data": null, "error": "Invalid offset"}'), "answered with the error 'Invalid offset'"),
        ((200, {}, '{"data": {"a": 1}}'), "not an answer"),
        ((400, {}, '{"error": "bad filter"}'), "answered 400: .*bad filter"),
    ],
)
def test_what_is_no_page_is_named_with_where_it_was(place, helicone, answer, said):
    helicone.troubles.append(answer)
    with pytest.raises(BadPage, match=f"requests from 2026-11-01 00:00:00 UTC: .*{said}"):
        place.bring(FIRST, FIRST)


def test_a_wrong_key_is_refused_with_the_way_out(place):
    with pytest.raises(Refused, match=r"does not take the key \(401.*Settings, API Keys"):
        place.bring(FIRST, FIRST, key="sk-helicone-wrong")


def test_a_wrong_address_is_refused_with_the_way_out(place, helicone):
    with pytest.raises(Refused, match=r"give --url the address of Helicone's API, such as https://api.helicone.ai"):
        place.bring(FIRST, FIRST, url=f"{helicone.url}/dashboard")


def test_rows_and_bodies_that_cannot_be_carried_are_counted_and_the_rest_comes(place, helicone):
    fill(helicone, 6)
    del helicone.bodies[number(0)]
    helicone.add(CHAT, CHAT_ANSWER, **plain(90, "2026-11-01 10:00:00.000") | {"request_id": "not-a-uuid"})
    helicone.add(CHAT, CHAT_ANSWER, **plain(91, "2026-11-01 11:00:00.000"), asset_ids=["a"])
    counts = place.bring(FIRST, FIRST)
    assert set(ids(place)) == {number(0), number(3), number(91)}
    assert {what.split(",")[0]: count for what, count in counts.not_carried.items()} == {
        "rows that are no requests": 1,
        "bodies that Helicone no longer has": 1,
        "pictures": 1,
    }
    assert any("not-a-uuid" in example for example in counts.examples.values())


def test_the_key_goes_to_helicone_and_not_to_the_bucket_of_bodies(place, helicone):
    fill(helicone, 6)
    place.bring(FIRST, LAST)
    assert len(helicone.told_bodies) == 6
    assert helicone.strangers == []
