"""What was imported becomes rows like any other, once, with prices of ours."""

from datetime import UTC, date, datetime
from decimal import Decimal

from providers.catalog import load_catalog
from tests.engine import warehouse_server  # noqa: F401
from tests.pipelines.conftest import place as pipelines_place  # noqa: F401
from tests.weir.importing.conftest import ORGANIZATION
from tests.weir.importing.conversations import CHAT, CHAT_ANSWER, number, plain
from tests.weir.importing.fake_helicone import KEY
from weir.importing.api import HeliconeApi
from weir.importing.history import History
from weir.importing.note import Notebook
from weir.importing.packing import segments_of

DAY = date(2026, 11, 1)


def bring(place, helicone, now):
    api = HeliconeApi(helicone.url, KEY)
    try:
        history = History(place.store, ORGANIZATION, load_catalog(), kept_bytes=1 << 20)
        history.from_api(api, Notebook(place.store, ORGANIZATION, api.url, KEY), DAY, DAY, now)
    finally:
        api.close()
    loader = place.loader()
    list(loader.load(DAY, segments_of(place.store, ORGANIZATION, DAY)))
    loader.derive(DAY)


def test_each_request_is_one_row_although_it_was_imported_twice(pipelines_place, helicone):  # noqa: F811
    place = pipelines_place
    session = {"Helicone-Session-Id": "s1", "environment": "production"}
    for each in range(3):
        helicone.add(CHAT, CHAT_ANSWER, **plain(each, f"{DAY} 08:00:00.00{each}"), request_properties=session, cost=9)
    not_over, over = datetime(2026, 11, 1, 9, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)
    bring(place, helicone, not_over)
    helicone.add(CHAT, CHAT_ANSWER, **plain(3, f"{DAY} 09:30:00.000"))
    bring(place, helicone, over)
    rows = place.ask("select toString(request_id), price_source, cost_usd from requests order by request_id")
    assert [row[0] for row in rows] == [number(each) for each in range(4)]
    # 10 tokens at 0.15, 4 cached ones at 0.075 and 3 at 0.60 dollars a million: our price, not the 9 dollars told.
    assert {row[1:] for row in rows} == {("exact", Decimal("0.0000036"))}
    assert place.count("sessions") == 1
