"""The price list that holds: what is installed, what was fetched, and what organizations have agreed on."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import dagster as dg
import pytest
import zstandard

from control import organizations, price_overrides
from control.price_overrides import PriceOverride
from pipelines.prices import asset, in_force, snapshots
from pipelines.prices.in_force import PricesInForce
from providers.price_list import UnreadableList, installed_version
from tests.pipelines.exchanges import DAY, NOON, ORGANIZATION, line
from warehouse.object_store import open_object_store

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PUBLISHED = [
    {
        "id": "openai",
        "name": "OpenAI",
        "api_pattern": "https://api\\.openai\\.com",
        "models": [
            {
                "id": "gpt-4o-mini",
                "match": {"equals": "gpt-4o-mini"},
                "prices": {"input_mtok": 1, "output_mtok": 2},
            },
            {
                "id": "gpt-9",
                "match": {"equals": "gpt-9"},
                "prices": [
                    {"prices": {"input_mtok": 3}},
                    {"constraint": {"start_date": "2026-11-01"}, "prices": {"input_mtok": 4, "output_mtok": 8}},
                ],
            },
        ],
    }
]


@pytest.fixture
def store(tmp_path):
    made = open_object_store(tmp_path.as_uri(), "raw")
    made.ensure_bucket()
    return made


@pytest.fixture
def published(tmp_path):
    file = tmp_path / "prices.json"
    file.write_text(json.dumps(PUBLISHED))
    return file


def test_the_installed_list_is_taken_on_once(store):
    old, new = asset.refresh(store, None, NOW)
    assert (old, new.version, new.source) == (None, installed_version(), "installed")
    assert len(new.models) > 1000
    again, same = asset.refresh(store, None, NOW + timedelta(days=1))
    assert again == same == new
    assert len(list(store.list_after(snapshots.PREFIX))) == 1


def test_a_fetched_list_tells_what_it_changes(store, published):
    asset.refresh(store, None, NOW)
    old, new = asset.refresh(store, published.as_uri(), NOW + timedelta(days=1))
    difference = snapshots.difference(old, new)
    assert difference.added == {
        "openai gpt-9": "input_mtok 3; start_date 2026-11-01: input_mtok 4, output_mtok 8",
    }
    before, after = difference.changed["openai gpt-4o-mini"]
    assert before.startswith("cache_read_mtok 0.075, input_mtok 0.15, output_mtok 0.6")
    assert after == "input_mtok 1, output_mtok 2"
    assert "openai gpt-4o" in difference.removed
    assert asset.refresh(store, published.as_uri(), NOW + timedelta(days=2)) == (new, new)


@pytest.mark.parametrize("text", ["", "{}", "[]", "<html>", '[{"id": "openai"}]'])
def test_what_is_no_list_does_not_replace_the_one_that_holds(store, published, text):
    asset.refresh(store, None, NOW)
    published.write_text(text)
    with pytest.raises(UnreadableList):
        asset.refresh(store, published.as_uri(), NOW)
    with pytest.raises(asset.PriceListUnavailable, match="no price list"):
        asset.refresh(store, published.with_name("nothing").as_uri(), NOW)
    assert len(list(store.list_after(snapshots.PREFIX))) == 1


def test_the_asset_shows_the_difference(store, published):
    asset.refresh(store, None, NOW)
    result = asset.prices(store, published.as_uri())()
    assert isinstance(result, dg.MaterializeResult)
    assert result.metadata["added"].value == 1
    assert "+ openai gpt-9: input_mtok 3" in result.metadata["difference"].value
    assert "! openai gpt-4o-mini: cache_read_mtok" in result.metadata["difference"].value


def test_rows_are_priced_by_the_newest_list_and_by_what_was_agreed_on(place, published, monkeypatch):
    monkeypatch.setattr(in_force, "LOOKED_AGAIN_AFTER", timedelta(0))
    loader = replace(place.loader(), prices=PricesInForce(place.store, place.engine))
    acme = organizations.create(place.engine, "Acme", now=NOON)
    calls = [line(organization_id=owner, input_tokens=1000, output_tokens=100) for owner in (acme.id, ORGANIZATION)]
    list(loader.load(DAY, [place.put_segment(*calls)]))

    def costs() -> dict[str, tuple[Decimal, str, str]]:
        rows = place.ask("select organization_id, cost_usd, price_source, price_version from requests")
        return {str(owner): tuple(priced) for owner, *priced in rows}

    before = costs()
    assert {priced[:2] for priced in before.values()} == {(Decimal("0.00021"), "exact")}
    _, new = asset.refresh(place.store, published.as_uri(), NOW)
    agreed = PriceOverride("openai", "gpt-4o*", date(2026, 1, 1), {"input": Decimal("0.50")})
    price_overrides.put(place.engine, acme.id, agreed, now=NOON)
    assert costs() == before, "what is loaded keeps its cost"
    loader.remodel(DAY)
    after = costs()
    assert after[str(ORGANIZATION)][:2] == (Decimal("0.0012"), "exact")
    assert after[str(acme.id)][:2] == (Decimal("0.0007"), "override")
    assert after[str(ORGANIZATION)][2].startswith(f"{new.version}+overrides-")
    assert after[str(acme.id)][2].startswith(f"{after[str(ORGANIZATION)][2]}+agreed-")


def test_calls_are_loaded_though_the_list_that_was_taken_on_cannot_be_read(place):
    place.store.put(f"{snapshots.PREFIX}01.json.zst", zstandard.compress(b"{}"))
    loader = replace(place.loader(), prices=PricesInForce(place.store, place.engine))
    list(loader.load(DAY, [place.put_segment(line(input_tokens=1000, output_tokens=100))]))
    assert place.ask("select cost_usd from requests") == [(Decimal("0.00021"),)]
