"""Whose host a credential goes to, where hosts differ from account to account."""

import pytest

from gateway.caller.head import Head
from gateway.errors import BadRequest, Forbidden
from gateway.targets.doors import Doors, Target
from gateway.targets.hosts import AllowedHosts
from gateway.upstream.aim import aimed
from gateway.upstream.kept_key import KeptKey
from providers.catalog import load_catalog
from providers.provider import Provider
from tests.gateway.targets.conftest import OPERATORS_KEY, Street

CATALOG = load_catalog()

Parts = dict[str, dict[str, str]]


def target(path: str, ours: dict[str, str] | None = None, parts: Parts | None = None) -> Target:
    catalog = load_catalog(parts=parts)
    found = Doors(catalog, AllowedHosts(catalog, [], [])).provider_target(path, ours)
    assert found is not None
    return found


def provider(id: str) -> Provider:
    found = CATALOG.get(id)
    assert found is not None
    return found


AZURE = "/azure/openai/deployments/d/chat/completions"
BEDROCK = "/bedrock/model/m/converse"
VERTEX = "/vertex/models/m:generateContent"
LOCATIONS = "/vertex/v1/projects/p/locations"


@pytest.mark.parametrize(
    ("path", "ours", "host"),
    [
        (AZURE, {"host-resource": "My-Res"}, "my-res.openai.azure.com"),
        (BEDROCK, {"host-region": "eu-west-1"}, "bedrock-runtime.eu-west-1.amazonaws.com"),
        (BEDROCK, {}, "bedrock-runtime.us-east-1.amazonaws.com"),
        (VERTEX, {"host-project": "p"}, "aiplatform.googleapis.com"),
        (VERTEX, {"host-project": "p", "host-region": "us-east4"}, "us-east4-aiplatform.googleapis.com"),
        (f"{LOCATIONS}/eu/publishers/google/models/m:generateContent", {}, "aiplatform.eu.rep.googleapis.com"),
        (f"{LOCATIONS}/us-east4/endpoints/openapi/chat/completions", {}, "us-east4-aiplatform.googleapis.com"),
    ],
)
def test_a_caller_with_a_credential_of_its_own_chooses_the_host(path: str, ours: dict[str, str], host: str):
    found = aimed(target(path, ours), None)
    assert found.host == found.hostname == host
    assert found.url == f"https://{host}{found.path}"
    assert "{" not in found.url


@pytest.mark.parametrize(
    "value", ["evil.test", "evil.test/", "a#", "a?b", "a@b", "a:80", "..", "a/b", "a\\b", "%2e", "ä", "x" * 64]
)
def test_no_value_leads_to_another_domain(value: str):
    with pytest.raises(BadRequest, match="Weir-Host-Resource"):
        target(AZURE, {"host-resource": value})


def test_a_missing_part_is_asked_for():
    with pytest.raises(BadRequest, match=r"Weir-Host-Resource.*WEIR_HOST_PARTS"):
        aimed(target(AZURE), None)
    with pytest.raises(BadRequest, match="Weir-Host-Project"):
        aimed(target("/vertex/models/m:generateContent"), None)


def test_the_operator_may_say_it_for_everybody():
    found = target(AZURE, parts={"azure": {"resource": "acme"}})
    assert aimed(found, None).host == "acme.openai.azure.com"
    assert aimed(found, KeptKey("k")).host == "acme.openai.azure.com"


@pytest.mark.parametrize("given", [None, "acme"])
def test_a_kept_key_goes_to_the_host_it_belongs_to(given: str | None):
    ours = {"host-resource": given} if given else {}
    assert aimed(target(AZURE, ours), KeptKey("k", {"resource": "acme"})).host == "acme.openai.azure.com"


def test_a_kept_key_goes_to_no_host_that_a_caller_names():
    with pytest.raises(BadRequest, match="belongs to the resource `acme`"):
        aimed(target(AZURE, {"host-resource": "evil"}), KeptKey("k", {"resource": "acme"}))
    with pytest.raises(BadRequest, match="belongs to the resource `acme`"):
        aimed(target(AZURE, {"host-resource": "evil"}, {"azure": {"resource": "acme"}}), KeptKey("k"))
    with pytest.raises(BadRequest, match="does not say which resource"):
        aimed(target(AZURE, {"host-resource": "evil"}), KeptKey("k"))


def test_a_kept_key_may_be_used_in_another_region_of_the_same_provider():
    kept = KeptKey("k", {"region": "eu-west-1"})
    assert "eu-west-1" in aimed(target(BEDROCK), kept).host
    assert "us-west-2" in aimed(target(BEDROCK, {"host-region": "us-west-2"}), kept).host


@pytest.mark.parametrize(
    ("id", "kept", "secret", "parts"),
    [
        ("openai", "sk-a@b", "sk-a@b", {}),
        ("azure", "abc", "abc", {}),
        ("azure", "abc@acme", "abc", {"resource": "acme"}),
        ("azure", "abc@resource=acme", "abc", {"resource": "acme"}),
        ("azure", "abc@region=acme", "abc@region=acme", {}),
        ("azure", "abc@Not.One", "abc@Not.One", {}),
        ("databricks-azure", "dapi@workspace=adb-1,shard=7", "dapi", {"workspace": "adb-1", "shard": "7"}),
        ("bedrock", "AKIA1:a/b+c@eu-west-1", "AKIA1:a/b+c", {"region": "eu-west-1"}),
    ],
)
def test_a_kept_key_says_where_it_belongs(id: str, kept: str, secret: str, parts: dict[str, str]):
    assert KeptKey.parse(kept, provider(id)) == KeptKey(secret, parts)


@pytest.mark.parametrize(
    ("secret", "pair"),
    [
        ("AKIA1:s/+=", ("AKIA1", "s/+=", None)),
        ("ASIA1:s:t/=", ("ASIA1", "s", "t/=")),
        ("bedrock-api-key-abc", None),
        ("AKIA1:", None),
        (":s", None),
        ("a-b:c", None),
    ],
)
def test_an_aws_key_is_told_from_an_api_key(secret: str, pair: tuple[str, str, str | None] | None):
    assert KeptKey(secret).aws_pair == pair


def test_a_key_is_not_in_what_is_printed():
    assert "hunter2" not in repr(KeptKey("hunter2", {"resource": "acme"}))


@pytest.mark.parametrize("id", [row.id for row in CATALOG if row.is_local])
def test_the_door_to_a_machine_of_ones_own_is_closed_until_the_operator_opens_it(id: str):
    with pytest.raises(Forbidden, match="WEIR_UPSTREAMS"):
        target(f"/{id}/v1/chat/completions")
    here = {id: "http://127.0.0.1:9/v1"}
    catalog = load_catalog(here)
    hosts = AllowedHosts(catalog, [], here)
    assert Doors(catalog, hosts).provider_target(f"/{id}/v1/models") is not None
    for row in CATALOG:
        if row.is_local:
            with pytest.raises(Forbidden):
                AllowedHosts(CATALOG, [], []).check(row.base_url)


def test_a_resource_named_in_a_header_gets_nothing_but_the_callers_own(street: Street):
    # The house's base URL has the resource in its path, so that the host is not at stake here: see above for that.
    arrived = street.arriving(AZURE, {"Weir-Host-Resource": "acme", "authorization": "Bearer entra-1"}, content=b"{}")
    assert arrived.values("authorization") == ["Bearer entra-1"]
    assert arrived.values("api-key") == []
    assert OPERATORS_KEY not in str(arrived.headers)


def test_a_bad_part_is_a_callers_mistake(street: Street):
    answer = street.post(AZURE, {**street.gateway.auth, "Helicone-Host-Resource": "a.b"}, content=b"{}")
    assert answer.status_code == 400
    assert "Weir-Host-Resource" in answer.json()["error"]["message"]
    missing = street.post(AZURE, street.gateway.auth, content=b"{}")
    assert missing.status_code == 400
    assert "WEIR_HOST_PARTS" in missing.json()["error"]["message"]
    record = street.gateway.record(missing.headers["weir-request-id"])
    assert (record.provider, record.error_type, record.attempts) == ("azure", "bad_request", [])


@pytest.mark.parametrize("header", ["Helicone-OpenAI-Api-Base", "Weir-OpenAI-Api-Base"])
@pytest.mark.parametrize("door", ["/oai", "/openai", "/v1/gateway/oai", "/jawn/v1/gateway/oai", ""])
def test_helicones_header_for_azure_leads_there(header: str, door: str):
    doors = Doors(CATALOG, AllowedHosts(CATALOG, [], []))
    head = Head([(header.lower().encode(), b"https://acme.openai.azure.com")])
    found = doors.api_base_target(head, f"{door}/openai/deployments/d/chat/completions")
    assert found is not None
    assert found.url == "https://acme.openai.azure.com/openai/deployments/d/chat/completions"
    assert (found.provider, found.catalogued) == ("azure", None)
    assert doors.api_base_target(head, "/anthropic/v1/messages") is None
    with pytest.raises(Forbidden):
        doors.api_base_target(Head([(header.lower().encode(), b"https://evil.test")]), f"{door}/v1/x")
