from datetime import UTC, datetime
from uuid import UUID

import pytest

from pipelines.loading.loader import Loader
from tests.engine import warehouse_server  # noqa: F401
from tests.pipelines.conftest import Place, place  # noqa: F401
from tests.pipelines.exchanges import exchange
from warehouse import record
from weir.demo.load import delete_demo, load_demo

NOW = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
DEMO = UUID(int=5)
SMALL = {"request_count": 600, "days": 3}


def test_loading_gives_rows_derived_tables_and_progress(place: Place):  # noqa: F811
    told: list[tuple[int, int]] = []
    loaded = load_demo(place.loader(), DEMO, NOW, lambda done, total: told.append((done, total)), **SMALL)
    assert loaded >= 600
    assert place.ask("select count(), uniqExact(request_id), uniqExact(toDate(created_at)) from requests") == [
        (loaded, loaded, 3)
    ]
    assert place.ask("select sum(request_count) from usage_hourly") == [(loaded,)]
    assert place.count("sessions") > 50
    assert place.ask("select countIf(kind = 'feedback') > 5, uniqExact(name) from scores") == [(True, 4)]
    assert place.days.stale_days() == []
    assert told[-1] == (loaded, loaded)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    ((cost, unpriced),) = place.ask(
        "select sum(cost_usd), countIf(cost_usd is null and usage_source = 'reported') from requests"
    )
    assert cost > 0
    assert unpriced == 0


def test_loading_twice_loads_once_also_on_another_day(place: Place):  # noqa: F811
    loaded = load_demo(place.loader(), DEMO, NOW, **SMALL)
    assert load_demo(place.loader(), DEMO, NOW.replace(day=22), **SMALL) == 0
    assert place.count() == loaded


def test_an_interrupted_load_goes_on_with_the_same_data(place: Place):  # noqa: F811
    class Interrupted(Exception):
        pass

    def interrupt(done: int, total: int) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        load_demo(place.loader(), DEMO, NOW, interrupt, **SMALL)
    before = place.count()
    load_demo(place.loader(), DEMO, NOW.replace(day=22), **SMALL)
    assert 0 < before < place.count()
    assert place.ask("select count() - uniqExact(request_id), max(toDate(created_at)) from requests") == [
        (0, NOW.date())
    ]


def test_deleting_leaves_what_is_of_others(place: Place):  # noqa: F811
    loader: Loader = place.loader()
    other = place.put_segment(record.encode(exchange(NOW)).rstrip(), day=NOW.date())
    list(loader.load(NOW.date(), [other]))
    load_demo(loader, DEMO, NOW, **SMALL)
    assert delete_demo(loader, DEMO) == 3
    assert place.ask("select segment from requests") == [(other,)]
    assert place.count("sessions") == 0
    assert load_demo(loader, DEMO, NOW, **SMALL) > 0
