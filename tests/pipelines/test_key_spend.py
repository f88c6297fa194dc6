from datetime import timedelta
from uuid import UUID

from control import api_keys, key_spend, organizations
from control.key_limits import KeyLimit
from control.key_spend import Spend
from tests.pipelines.conftest import Place
from tests.pipelines.exchanges import DAY, NOON, line
from warehouse.rawlog.keys import day_prefix

HOUR = NOON


def key_with(place: Place, *limits: KeyLimit) -> UUID:
    organization = organizations.create(place.engine, f"with {len(limits)} limits")
    return api_keys.create(place.engine, organization.id, "k", limits=limits)[0].id


def settled(place: Place) -> list[Spend]:
    return sorted(key_spend.changes_since(place.engine, 0)[1], key=lambda each: (each.hour, each.writer))


def test_what_a_key_used_is_settled_by_the_hour_and_the_writer(place: Place):
    key = key_with(place, KeyLimit(1000, 86400, "cent"))
    other = key_with(place)
    loader = place.loader()
    # 100 prompt tokens at 0.15 and 20 answered ones at 0.60 dollars a million: 27 millionths.
    first = place.put_segment(
        line(api_key_id=key),
        line(NOON + timedelta(minutes=59), api_key_id=key),
        line(NOON + timedelta(hours=1), api_key_id=key, request_model="no-such-model"),
        line(api_key_id=key, cache_hit=True),
        line(api_key_id=key, status_code=429, rate_limit_policy="5;w=60", input_tokens=None, output_tokens=None),
        line(api_key_id=key, source="log"),
        line(api_key_id=other),
        line(),
        key=f"{day_prefix(DAY)}01KAHJQ2V4N8X3B6M9RSTWYZ0A-host-aa.ndjson.zst",
    )
    second = place.put_segment(
        line(api_key_id=key), key=f"{day_prefix(DAY)}01KAHJQ2V4N8X3B6M9RSTWYZ0B-host-bb.ndjson.zst"
    )
    list(loader.load(DAY, [first]))
    loader.derive(DAY)
    assert settled(place) == [
        Spend(key, HOUR, "host-aa", 3, 240, 54),
        Spend(key, HOUR + timedelta(hours=1), "host-aa", 1, 120, 0),
    ]
    list(loader.load(DAY, [second]))
    loader.derive(DAY)
    assert settled(place) == [
        Spend(key, HOUR, "host-aa", 3, 240, 54),
        Spend(key, HOUR, "host-bb", 1, 120, 27),
        Spend(key, HOUR + timedelta(hours=1), "host-aa", 1, 120, 0),
    ]


def test_keys_without_long_limits_are_not_asked_for(place: Place):
    key = key_with(place, KeyLimit(5, 60))
    steps: list[str] = []
    loader = place.loader(at=steps.append)
    list(loader.load(DAY, [place.put_segment(line(api_key_id=key))]))
    loader.derive(DAY)
    assert "spend" not in steps
    assert settled(place) == []
