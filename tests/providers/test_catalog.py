import pytest

from providers.catalog import load_catalog


def test_the_first_providers_are_there() -> None:
    catalog = load_catalog()
    assert {"openai", "anthropic", "demo"} <= {provider.id for provider in catalog}
    for provider in catalog:
        assert provider.base_url.startswith("http")
        assert not provider.base_url.endswith("/")
        assert provider.dialects


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/v1/chat/completions", "https://api.openai.com/v1/chat/completions"),
        ("/chat/completions", "https://api.openai.com/v1/chat/completions"),
        ("v1/models", "https://api.openai.com/v1/models"),
        ("/v2/models", "https://api.openai.com/v2/models"),
        ("/v1beta/models", "https://api.openai.com/v1beta/models"),
        ("/v1/files/a%2Fb/", "https://api.openai.com/v1/files/a%2Fb/"),
    ],
)
def test_a_path_behind_the_door_leads_to_the_provider(path: str, url: str) -> None:
    openai = load_catalog().get("openai")
    assert openai is not None
    assert openai.url(path) == url


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/v1/chat/completions", "http://127.0.0.1:8900/openai/v1/chat/completions"),
        ("/openai/v1/chat/completions", "http://127.0.0.1:8900/openai/v1/chat/completions"),
        ("/models", "http://127.0.0.1:8900/openai/v1/models"),
    ],
)
def test_another_base_url_replaces_the_catalogues(path: str, url: str) -> None:
    catalog = load_catalog({"openai": "http://127.0.0.1:8900/openai/v1/"})
    openai = catalog.get("openai")
    assert openai is not None
    assert openai.url(path) == url
    assert openai.host == "127.0.0.1:8900"
    assert catalog.of_host("127.0.0.1:8900") is not None
    assert catalog.of_host("api.openai.com") is None
    assert load_catalog().of_host("API.openai.com") is not None


def test_a_base_url_of_an_unknown_provider_is_refused_with_what_it_may_have_meant() -> None:
    with pytest.raises(ValueError, match=r"unknown provider `opnai`.*openai"):
        load_catalog({"opnai": "http://127.0.0.1"})


def test_a_mistyped_id_finds_its_neighbours() -> None:
    catalog = load_catalog()
    assert catalog.get("antropic") is None
    assert catalog.near("antropic") == ["anthropic"]
    assert catalog.near("zzzz") == []
