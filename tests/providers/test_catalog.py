"""What is in the catalogue, and where it leads."""

import pytest
from genai_prices.data_snapshot import get_snapshot

from providers.address import filled, host_pattern, is_value, values_in_path
from providers.catalog import Catalog, load_catalog
from providers.provider import Provider

CATALOG = load_catalog()
VERTEX = "https://{region}-aiplatform.googleapis.com"


def provider(id: str, catalog: Catalog = CATALOG) -> Provider:
    found = catalog.get(id)
    assert found is not None
    return found


@pytest.mark.parametrize("row", list(CATALOG), ids=lambda row: row.id)
def test_a_row_is_sound(row: Provider) -> None:
    bases = [row.base_url, *row.base_urls.values()]
    for base in bases:
        assert base.startswith("http" if row.is_local or row.id == "demo" else "https")
        assert not base.endswith("/")
        assert base.split("/")[2] == row.host
    assert row.needed_parts == ("region", "project") or len(row.needed_parts) < 3
    assert set(row.parts) <= set(row.needed_parts)
    assert set(row.base_urls) <= set(row.dialects)
    assert set(row.paths) <= set(row.dialects)
    assert set(row.stream_paths) <= set(row.paths)
    assert (row.auth == "sigv4") == (row.signing_service is not None)
    assert "region" in row.needed_parts or not (row.signing_service or row.hosts)
    assert row.operator_key_env is None or row.auth not in ("none", "callers")
    assert all(name == name.lower() for name in row.default_headers)
    for dialect in row.dialects:
        assert row.path_of(dialect, "m").startswith("/")


def test_the_catalogue_knows_who_matters() -> None:
    ids = {row.id for row in CATALOG}
    assert len(ids) > 120
    assert {
        "openai",
        "anthropic",
        "google",
        "azure",
        "bedrock",
        "vertex",
        "cohere",
        "openrouter",
        "vllm",
        "demo",
    } <= ids


def test_every_name_means_one_provider() -> None:
    names = [name for row in CATALOG for name in (row.id, *row.aliases)]
    assert len(names) == len(set(names))
    assert provider("oai").id == "openai"
    assert provider("gemini").id == "google"


@pytest.mark.parametrize(
    ("prefix", "id"),
    [
        ("vertex_ai", "vertex"),
        ("azure_ai", "azure-ai-foundry"),
        ("together_ai", "together"),
        ("fireworks_ai", "fireworks"),
        ("nvidia_nim", "nvidia"),
        ("cohere_chat", "cohere"),
        ("hosted_vllm", "vllm"),
        ("lm_studio", "lmstudio"),
    ],
)
def test_the_prefixes_of_litellm_are_known(prefix: str, id: str) -> None:
    assert CATALOG.get(prefix).id == id


def test_price_ids_are_those_of_the_price_list() -> None:
    listed = {listed.id for listed in get_snapshot().providers}
    assert {row.price_id for row in CATALOG if row.price_id} <= listed


@pytest.mark.parametrize(
    ("id", "path", "url"),
    [
        ("openai", "/v1/chat/completions", "https://api.openai.com/v1/chat/completions"),
        ("openai", "/chat/completions", "https://api.openai.com/v1/chat/completions"),
        ("openai", "v1/models", "https://api.openai.com/v1/models"),
        ("openai", "/v2/models", "https://api.openai.com/v2/models"),
        ("openai", "/v1beta/models", "https://api.openai.com/v1beta/models"),
        ("openai", "/v1/files/a%2Fb/", "https://api.openai.com/v1/files/a%2Fb/"),
        ("groq", "/v1/chat/completions", "https://api.groq.com/openai/v1/chat/completions"),
        ("groq", "/openai/v1/chat/completions", "https://api.groq.com/openai/v1/chat/completions"),
        ("deepinfra", "/v1/openai/chat/completions", "https://api.deepinfra.com/v1/openai/chat/completions"),
        ("deepinfra", "/v1/chat/completions", "https://api.deepinfra.com/v1/openai/chat/completions"),
        ("zai", "/v1/chat/completions", "https://api.z.ai/api/paas/v4/chat/completions"),
        ("zai", "/v4/chat/completions", "https://api.z.ai/api/paas/v4/chat/completions"),
        ("zai", "/v1/messages", "https://api.z.ai/api/anthropic/v1/messages"),
        ("deepseek", "/v1/messages", "https://api.deepseek.com/anthropic/v1/messages"),
        ("deepseek", "/anthropic/v1/messages", "https://api.deepseek.com/anthropic/v1/messages"),
        ("deepseek", "/chat/completions", "https://api.deepseek.com/chat/completions"),
        ("perplexity", "/v1/chat/completions", "https://api.perplexity.ai/chat/completions"),
        ("perplexity", "/v1/responses", "https://api.perplexity.ai/v1/responses"),
        ("openrouter", "/v1/chat/completions", "https://openrouter.ai/api/v1/chat/completions"),
        ("cohere", "/v2/chat", "https://api.cohere.com/v2/chat"),
        ("cohere", "/v1/embed", "https://api.cohere.com/v1/embed"),
        ("google", "/v1beta/models/m:countTokens", "https://generativelanguage.googleapis.com/v1beta/models/m:countTokens"),
        (
            "azure",
            "/openai/deployments/d/chat/completions",
            "https://{resource}.openai.azure.com/openai/deployments/d/chat/completions",
        ),
        ("bedrock", "/model/m/converse", "https://bedrock-runtime.{region}.amazonaws.com/model/m/converse"),
        (
            "bedrock",
            "/v1/chat/completions",
            "https://bedrock-runtime.{region}.amazonaws.com/openai/v1/chat/completions",
        ),
        (
            "vertex",
            "/models/m:generateContent",
            f"{VERTEX}/v1/projects/{{project}}/locations/{{region}}/publishers/google/models/m:generateContent",
        ),
        (
            "vertex",
            "/v1beta1/projects/p/locations/eu/publishers/google/models/m:generateContent",
            f"{VERTEX}/v1beta1/projects/p/locations/eu/publishers/google/models/m:generateContent",
        ),
        (
            "cloudflare",
            "/v1/chat/completions",
            "https://api.cloudflare.com/client/v4/accounts/{account}/ai/v1/chat/completions",
        ),
    ],
)  # fmt: skip
def test_a_path_behind_the_door_leads_to_the_provider(id: str, path: str, url: str) -> None:
    assert provider(id).url(path) == url


@pytest.mark.parametrize(
    ("id", "dialect", "is_stream", "path"),
    [
        ("openai", "chat_completions", True, "/chat/completions"),
        ("google", "gemini", False, "/models/a%3Ab:generateContent"),
        ("google", "gemini", True, "/models/a%3Ab:streamGenerateContent?alt=sse"),
        ("bedrock", "converse", False, "/model/a%3Ab/converse"),
        ("bedrock", "converse", True, "/model/a%3Ab/converse-stream"),
        ("azure", "chat_completions", True, "/deployments/a%3Ab/chat/completions"),
        ("azure", "embeddings", False, "/deployments/a%3Ab/embeddings"),
        ("vertex-anthropic", "messages", False, "/models/a%3Ab:rawPredict"),
        ("vertex-anthropic", "messages", True, "/models/a%3Ab:streamRawPredict"),
    ],
)
def test_a_dialect_is_posted_where_the_provider_takes_it(id: str, dialect: str, is_stream: bool, path: str) -> None:
    assert provider(id).path_of(dialect, "a:b", is_stream=is_stream) == path


def test_parts_are_filled_in() -> None:
    vertex = provider("vertex")
    url = vertex.url("/models/m:generateContent")
    values = {"project": "p", "region": "europe-west4"}
    assert vertex.filled(url, values).startswith("https://europe-west4-aiplatform.googleapis.com/v1/projects/p/loc")
    assert vertex.filled(url, {**values, "region": "global"}).startswith("https://aiplatform.googleapis.com/v1/proj")
    assert "/locations/eu/" in vertex.filled(url, {**values, "region": "eu"})
    with pytest.raises(KeyError, match="project"):
        vertex.filled(url, {"region": "eu"})


@pytest.mark.parametrize(
    "value", ["", "a.b", "a/b", "evil.test#", "a@b", "A", "ä", "a b", "a\n", "%2e", "x" * 64, "a:1", "..", "\\"]
)
def test_a_value_that_could_lead_elsewhere_is_none(value: str) -> None:
    assert not is_value(value)
    with pytest.raises(ValueError, match="no value"):
        filled("https://{resource}.openai.azure.com", {"resource": value})


@pytest.mark.parametrize(
    ("host", "path", "id"),
    [
        ("api.openai.com", "", "openai"),
        ("API.openai.com", "", "openai"),
        ("my-res.openai.azure.com", "/openai/deployments/d/chat/completions", "azure"),
        ("my-res.openai.azure.com", "/openai/v1/responses", "azure-v1"),
        ("bedrock-runtime.eu-west-1.amazonaws.com", "/model/m/converse", "bedrock"),
        ("aiplatform.googleapis.com", "/v1/projects/p", "vertex"),
        ("us-east4-aiplatform.googleapis.com", "/v1/projects/p", "vertex"),
        ("generativelanguage.googleapis.com", "/v1beta/openai/chat/completions", "google-openai"),
        ("generativelanguage.googleapis.com", "/v1beta/models/m:generateContent", "google"),
        ("dbc-1.cloud.databricks.com", "", "databricks"),
        ("adb-1.2.azuredatabricks.net", "", "databricks-azure"),
    ],
)
def test_a_host_is_known_whatever_its_parts(host: str, path: str, id: str) -> None:
    found = CATALOG.of_host(host, path)
    assert found is not None
    assert found.id == id


@pytest.mark.parametrize(
    "host",
    [
        "openai.azure.com",
        ".openai.azure.com",
        "a.b.openai.azure.com",
        "evil.test.openai.azure.com.evil.test",
        "my-res.openai.azure.com.evil.test",
        "my_res.openai.azure.com",
        "my-resxopenai.azure.com",
        "{resource}.openai.azure.com.evil.test",
        "evil-aiplatform.googleapis.com.evil.test",
        "bedrock-runtime..amazonaws.com",
        "bedrock-runtime.eu-west-1.amazonaws.com:8443",
        "api.openai.com:8443",
        "",
    ],
)
def test_what_only_looks_like_a_host_of_the_catalogue_is_none(host: str) -> None:
    assert CATALOG.of_host(host) is None


def test_a_part_that_stands_twice_has_one_value() -> None:
    template = "https://{region}.x.{region}.test"
    assert host_pattern(template).fullmatch("a.x.a.test")
    assert not host_pattern(template).fullmatch("a.x.b.test")
    path = "https://h.test/p/{project}/l/{region}/{project}"
    assert values_in_path(path, "/p/a/l/eu/a/x") == {"project": "a", "region": "eu"}
    assert (
        values_in_path(path, "/p/a/l/eu/b/x")
        == values_in_path(path, "/p/A/l/eu/A")
        == values_in_path(path, "/p/a")
        == {}
    )


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
    openai = provider("openai", catalog)
    assert openai.url(path) == url
    assert openai.host == "127.0.0.1:8900"
    assert catalog.of_host("127.0.0.1:8900") is not None
    assert catalog.of_host("api.openai.com") is None


def test_another_base_url_takes_the_other_dialects_along() -> None:
    zai = provider("zai", load_catalog({"zai": "http://127.0.0.1:8900/zai/api/paas/v4"}))
    assert zai.url("/v1/messages") == "http://127.0.0.1:8900/zai/api/anthropic/v1/messages"
    assert zai.url("/v1/chat/completions") == "http://127.0.0.1:8900/zai/api/paas/v4/chat/completions"


def test_the_operator_may_give_parts() -> None:
    catalog = load_catalog(parts={"azure": {"resource": "acme"}, "aws": {"region": "eu-west-1"}})
    assert provider("azure", catalog).parts == {"resource": "acme"}
    assert provider("bedrock", catalog).parts == {"region": "eu-west-1"}
    for wrong, said in [
        ({"azure": {"region": "x"}}, "has no part `region`; it has: resource"),
        ({"azure": {"resource": "a.b"}}, "cannot be the resource"),
        ({"azur": {}}, "unknown provider `azur`"),
    ]:
        with pytest.raises(ValueError, match=said):
            load_catalog(parts=wrong)


def test_a_base_url_of_an_unknown_provider_is_refused_with_what_it_may_have_meant() -> None:
    with pytest.raises(ValueError, match=r"unknown provider `opnai`.*openai"):
        load_catalog({"opnai": "http://127.0.0.1"})


def test_a_mistyped_id_finds_its_neighbours() -> None:
    assert CATALOG.get("antropic") is None
    assert CATALOG.near("antropic")[0] == "anthropic"
    assert CATALOG.near("qqqqqqqq") == []
