"""What callers write where a model is named."""

import pytest

from providers.catalog import load_catalog
from providers.models.catalogue import Models
from providers.models.model_string import UnknownModel, Wanted, read_model_string

CATALOG = load_catalog()
MODELS = Models(CATALOG)


def read(written: str) -> Wanted:
    return read_model_string(written, MODELS, CATALOG)


def places(written: str) -> list[tuple[str, str]]:
    return [(offer.provider.id, offer.model) for offer in read(written).offers]


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("gpt-4o/openai", ("openai", "gpt-4o")),
        ("openai/gpt-4o", ("openai", "gpt-4o")),
        ("OpenAI/gpt-4o", ("openai", "gpt-4o")),
        (" gpt-4o / openai ", ("openai", "gpt-4o")),
        ("openrouter/openai/gpt-4o", ("openrouter", "openai/gpt-4o")),
        ("gpt-4o/openrouter", ("openrouter", "openai/gpt-4o")),
        ("openai/gpt-4o/openrouter", ("openrouter", "openai/gpt-4o")),
        ("anthropic/claude-sonnet-4.5", ("anthropic", "claude-sonnet-4-5")),
        ("claude-sonnet-4-5-20250929/anthropic", ("anthropic", "claude-sonnet-4-5-20250929")),
        ("claude-sonnet-4-5/bedrock", ("bedrock", "global.anthropic.claude-sonnet-4-5-20250929-v1:0")),
        ("claude-sonnet-4-5/aws", ("bedrock", "global.anthropic.claude-sonnet-4-5-20250929-v1:0")),
        ("google-ai-studio/gemini-2.5-flash", ("google", "gemini-2.5-flash")),
        ("groq/openai/gpt-oss-120b", ("groq", "openai/gpt-oss-120b")),
        ("fireworks/glm-4.7", ("fireworks", "accounts/fireworks/models/glm-4p7")),
        ("openai/gpt-99-new", ("openai", "gpt-99-new")),
        ("gpt-99-new/openai", ("openai", "gpt-99-new")),
        ("ollama/qwen3:8b", ("ollama", "qwen3:8b")),
        ("openai/ft:gpt-4o-mini-2024-07-18:acme::abc", ("openai", "ft:gpt-4o-mini-2024-07-18:acme::abc")),
    ],
)
def test_a_provider_may_stand_on_either_side(written: str, place: tuple[str, str]):
    assert places(written) == [place]
    assert read(written).named == {place[0]}


def test_a_bare_model_means_whoever_serves_it():
    assert {"openai", "azure", "openrouter"} <= {provider for provider, _ in places("gpt-4o")}
    assert read("gpt-4o").named == set()
    assert places("demo-small") == [("demo", "demo-small")]
    assert places("claude-sonnet-4-5-20250929")[0] == ("anthropic", "claude-sonnet-4-5-20250929")
    assert places("ft:gpt-4o-mini-2024-07-18:acme::abc") == [("openai", "ft:gpt-4o-mini-2024-07-18:acme::abc")]


def test_a_models_own_slashes_are_no_provider():
    found = places("meta-llama/Llama-3.3-70B-Instruct-Turbo")
    assert ("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo") in found


def test_commas_make_an_order_and_exclusions_take_out():
    wanted = read("demo-large, gpt-4o ,!azure,!openrouter, !azure-v1")
    assert [offer.provider.id for offer in wanted.offers][:2] == ["demo", "openai"]
    assert not {"azure", "openrouter", "azure-v1"} & {offer.provider.id for offer in wanted.offers}
    assert wanted.items == sorted(wanted.items)


def test_a_provider_comes_once_for_a_model():
    found = places("gpt-4o,gpt-4o,openai/gpt-4o")
    assert len(found) == len(set(found))


def test_another_name_is_said_aloud():
    wanted = read("claude-3.5-sonnet-v2")
    assert wanted.offers
    assert wanted.notes == ["`claude-3.5-sonnet-v2` is answered by `claude-3-5-sonnet`"]
    assert read("gpt-4o").notes == []


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("gpt-4.o", "`gpt-4o`"),
        ("claude-sonet-4-5", "`claude-sonnet-4-5`"),
        ("demo-smal", "`demo-small`"),
        ("nothing-like-it-at-all-9000", "`provider/model`"),
        ("", "names 0 models"),
        (" , ", "names 0 models"),
        (",".join(["gpt-4o"] * 21), "up to 20"),
        ("demo-small,!demo", "excluded demo"),
        ("gpt-4o,!opnai", "near: openai"),
        ("!openai", "names no model"),
        ("my-model/azure/clx123", "write `my-model/azure`"),
        ("gpt-4o,gpt-4.o", "`gpt-4o`"),
    ],
)
def test_what_names_no_model_is_refused_with_the_way_out(written: str, said: str):
    with pytest.raises(UnknownModel) as refused:
        read(written)
    assert said in str(refused.value)
