"""Names as long as a body: looking for what they may mean must not take as long, nor may they be kept."""

import httpx
import pytest

from gateway.limits.prices import Prices
from providers.catalog import load_catalog
from providers.models.catalogue import Models
from tests.gateway.attacks.conftest import BODY, Scene


@pytest.mark.parametrize("model", ["x" * 1_000_000, "openai/" + "x" * 1_000_000, "!" + "x" * 1_000_000, "a," * 500_000])
def test_the_name_of_a_model_has_an_end(scene: Scene, model: str):
    url = scene.gateway.url + "/v1/chat/completions"
    answer = httpx.post(url, json=BODY | {"model": model}, headers=scene.gateway.auth)
    assert answer.status_code == 400
    assert f"{len(model)} characters" in answer.text
    assert len(answer.text) < 1000
    assert scene.home.connections == 0


def test_long_names_have_no_price_that_would_be_remembered():
    catalog = load_catalog()
    prices = Prices(catalog, Models(catalog))
    assert prices.cents("openai", "gpt-4o", 1_000_000, 0)
    for number in range(10):
        assert prices.cents("openai", f"{number}" * 100_000, 1, 1) is None
    assert prices._found.cache_info().currsize == 1
