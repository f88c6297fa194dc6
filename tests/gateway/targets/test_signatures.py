"""Requests to AWS are signed as botocore would have signed them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from gateway.upstream.sigv4 import canonical_url, signed_headers
from tests.gateway.running import Accounts, RunningGateway, running_gateway
from tests.gateway.targets.provider_house import Arrived, House, provider_house

ID, SECRET, TOKEN = "AKIAEXAMPLE1", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "FwoGZXIvYXdzE=="
MODEL = "eu.anthropic.claude-sonnet-4-20250514-v1%3A0"


def independent(arrived: Arrived, url: str, token: str | None, region: str, service: str = "bedrock") -> str:
    """What botocore says the header `authorization` must be, at the time the request names."""
    [at] = arrived.values("x-amz-date")
    request = AWSRequest(arrived.method, url, headers={}, data=arrived.body)
    request.context["timestamp"] = at
    signer = SigV4Auth(Credentials(ID, SECRET, token), service, region)
    request.headers["X-Amz-Date"] = at
    if token is not None:
        request.headers["X-Amz-Security-Token"] = token
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    names = signer.signed_headers(signer.headers_to_sign(request))
    scope = signer.credential_scope(request)
    return f"AWS4-HMAC-SHA256 Credential={ID}/{scope}, SignedHeaders={names}, Signature={signature}"


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with provider_house() as started:
        yield started


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory, accounts: Accounts, house: House) -> Iterator[RunningGateway]:
    """A gateway whose operator keeps an AWS key for Bedrock."""
    upstreams = {id: house.base_urls[id] for id in ("bedrock", "bedrock-openai", "sagemaker", "groq")}
    directory = tmp_path_factory.mktemp("signing")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_BEARER_TOKEN_BEDROCK", f"{ID}:{SECRET}@eu-west-1")
        patch.setenv("GROQ_API_KEY", "name1:secret@x")
        with running_gateway(directory, accounts, upstreams=upstreams, operator_key_organizations="*") as started:
            yield started


def sent(
    gateway: RunningGateway, house: House, path: str, body: bytes, headers: dict[str, str] | None = None
) -> Arrived:
    house.arrived.clear()
    answer = httpx.post(gateway.url + path, content=body, headers={**gateway.auth, **(headers or {})})
    assert answer.status_code == 200, answer.text
    [arrived] = house.arrived
    return arrived


BODY = json.dumps({"messages": [{"role": "user", "content": [{"text": "grüße"}]}]}).encode()


@pytest.mark.parametrize(
    ("path", "headers", "region"),
    [
        (f"/bedrock/model/{MODEL}/converse", {}, "eu-west-1"),
        (f"/bedrock/model/{MODEL}/converse-stream", {"weir-host-region": "us-west-2"}, "us-west-2"),
        (f"/bedrock/model/{MODEL}/invoke?trace=ENABLED&a=b%20c&empty=&a=a", {}, "eu-west-1"),
        ("/bedrock/model/arn%3Aaws%3Abedrock%3Aeu%3A1%3Ainference-profile%2Fx/converse", {}, "eu-west-1"),
        (
            f"/bedrock/model/{MODEL}/converse",
            {"x-amz-date": "20200101T000000Z", "x-amz-security-token": "theirs", "x-amz-content-sha256": "theirs"},
            "eu-west-1",
        ),
    ],
)
def test_the_operators_aws_key_signs(
    signing: RunningGateway, house: House, path: str, headers: dict[str, str], region: str
):
    arrived = sent(signing, house, path, BODY, headers)
    assert arrived.url.startswith(f"https://bedrock-runtime.{region}.amazonaws.com/model/")
    url = f"{house.origin}{arrived.path}"
    assert arrived.values("authorization") == [independent(arrived, url, None, region)]
    assert arrived.values("x-amz-security-token") == arrived.values("x-amz-content-sha256") == []
    assert SECRET not in str(arrived.headers)


def test_a_colon_in_a_model_is_sent_as_it_is_signed(signing: RunningGateway, house: House):
    arrived = sent(signing, house, f"/bedrock/model/{MODEL.replace('%3A', ':')}/converse", BODY)
    assert arrived.path.endswith(f"/model/{MODEL}/converse")
    assert arrived.values("authorization") == [independent(arrived, house.origin + arrived.path, None, "eu-west-1")]


def test_each_service_is_signed_for_by_its_name(signing: RunningGateway, house: House):
    arrived = sent(signing, house, "/bedrock-openai/v1/chat/completions", BODY)
    url = house.origin + arrived.path
    assert arrived.values("authorization") == [independent(arrived, url, None, "eu-west-1", "bedrock-mantle")]


@pytest.mark.parametrize(("token", "written"), [(None, ""), (TOKEN, f":{TOKEN}")])
def test_a_callers_own_aws_key_signs_in_the_place_of_an_api_key(
    signing: RunningGateway, house: House, token: str | None, written: str
):
    own = {"authorization": f"Bearer {ID}:{SECRET}{written}@ap-south-1"}
    arrived = sent(signing, house, "/sagemaker/endpoints/e/invocations", BODY, own)
    assert arrived.values("authorization") == [
        independent(arrived, house.origin + arrived.path, token, "ap-south-1", "sagemaker")
    ]
    assert arrived.values("x-amz-security-token") == ([token] if token else [])
    assert arrived.url.startswith("https://runtime.sagemaker.ap-south-1.amazonaws.com/")


def test_a_bedrock_api_key_is_sent_as_bearer(signing: RunningGateway, house: House):
    own = {"authorization": "Bearer bedrock-api-key-1"}
    arrived = sent(signing, house, f"/bedrock/model/{MODEL}/converse", BODY, own)
    assert arrived.values("authorization") == ["Bearer bedrock-api-key-1"]
    assert arrived.values("x-amz-date") == []


def test_a_key_of_another_provider_is_a_key_whatever_it_looks_like(signing: RunningGateway, house: House):
    arrived = sent(signing, house, "/groq/v1/chat/completions", BODY)
    assert arrived.values("authorization") == ["Bearer name1:secret@x"]


def test_an_aws_secret_is_never_stored(signing: RunningGateway, house: House):
    own = {"authorization": f"Bearer {ID}:{SECRET}:{TOKEN}@ap-south-1"}
    answer = httpx.post(f"{signing.url}/bedrock/model/m/converse", content=b"{}", headers={**signing.auth, **own})
    record = str(signing.record(answer.headers["weir-request-id"]))
    assert SECRET not in record
    assert TOKEN not in record


@pytest.mark.parametrize("path", ["/a:b/ü%2Fx//y", "/", ""])
def test_any_path_is_signed_as_it_is_sent(path: str):
    url = canonical_url(f"https://bedrock-runtime.eu-west-1.amazonaws.com{path}?b=1&a=%2F")
    headers = signed_headers(
        (ID, SECRET, TOKEN),
        method="GET",
        url=url,
        body=b"",
        region="eu-west-1",
        service="bedrock",
        now=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )
    arrived = Arrived("GET", url, path, headers, b"")
    assert arrived.values("x-amz-date") == ["20260102T030405Z"]
    assert arrived.values("authorization") == [independent(arrived, url, TOKEN, "eu-west-1")]
