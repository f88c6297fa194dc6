"""The list of models: that it is the library's, and that one model's many spellings find each other."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import msgspec
import pytest

import providers.models
from providers.catalog import load_catalog
from providers.models.catalogue import Models
from providers.models.generate import generated
from providers.models.names import plain_name

MODELS = Models(load_catalog())


def names(data: bytes) -> set[tuple[str, str]]:
    lists = msgspec.json.decode(data)["lists"]
    return {(id, name) for id, models in lists.items() for name in models}


def test_the_committed_list_is_what_the_library_has():
    committed = Path(providers.models.__file__).with_name("models.json").read_bytes()
    assert msgspec.json.decode(committed)["source"] == f"genai-prices-{version('genai-prices')}"
    assert names(committed) == names(generated()), "run `python -m providers.models.generate`"


@pytest.mark.parametrize(
    "name",
    [
        "claude-sonnet-4-5",
        "anthropic/claude-sonnet-4.5",
        "Claude-Sonnet-4-5",
        "global.anthropic.claude-sonnet-4-5-v1:0",
        "us.anthropic.claude-sonnet-4-5",
    ],
)
def test_spellings_of_one_model(name: str):
    assert plain_name(name) == "claude-sonnet-4-5"


def test_points_in_names():
    assert plain_name("accounts/fireworks/models/glm-4p7") == plain_name("zai-org/GLM-4.7") == "glm-4-7"
    assert plain_name("gpt-4o-2024-08-06") != plain_name("gpt-4o")


def test_offers_know_their_price_and_context():
    [offer] = MODELS.offers("demo-large")
    assert (offer.provider.id, offer.usd_per_million, offer.context_tokens) == ("demo", 4.375, 1_000_000)
    unpriced = MODELS.offers("gpt-4o")[-1]
    assert unpriced.usd_per_million > 0


def test_providers_on_one_price_list_serve_their_own_part():
    for name, provider in [("claude-sonnet-4-5", "google"), ("gemini-2.5-pro", "vertex-anthropic")]:
        assert provider not in {offer.provider.id for offer in MODELS.offers(name)}
    assert "vertex" in {offer.provider.id for offer in MODELS.offers("gemini-2.5-pro")}


def test_a_providers_models_are_listed_once():
    catalog = load_catalog()
    listed = list(
        Models(catalog).of([provider for provider in catalog if provider.id in ("demo", "openai", "bedrock")])
    )
    assert len({name for name, _ in listed}) == len(listed)
    assert {offer.provider.id for _, offer in listed} == {"demo", "openai", "bedrock"}


def test_the_library_is_not_loaded_to_find_a_model():
    code = (
        "import sys\n"
        "from providers.catalog import load_catalog\n"
        "from providers.models.catalogue import Models\n"
        "assert Models(load_catalog()).offers('gpt-4o')\n"
        "assert 'genai_prices' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
