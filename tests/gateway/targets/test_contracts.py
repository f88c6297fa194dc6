"""What every provider of the catalogue is sent: the path, the credential, the headers it demands."""

import json
from pathlib import Path

import pytest

from providers.catalog import load_catalog
from providers.provider import Provider
from tests.gateway.targets.conftest import OPERATORS_KEY, Street

CATALOG = load_catalog()

PARTS = {
    "resource": "acme",
    "region": "eu-west-1",
    "project": "proj",
    "account": "acct",
    "workspace": "work",
    "shard": "7",
}
OWN_KEY = "callers-own-1"
CREDENTIALS = {
    "authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "xi-api-key",
    "api-subscription-key",
    "x-portkey-api-key",
}
LINES = [
    line
    for line in (Path(__file__).parent / "contracts.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


def test_no_provider_is_left_out() -> None:
    assert {line.split()[0] for line in LINES} == {row.id for row in CATALOG} - {"demo"}


@pytest.mark.parametrize("line", LINES, ids=lambda line: "".join(line.split()[:2]))
def test_what_arrives(street: Street, line: str) -> None:
    id, path, url, *credential = line.split(maxsplit=3)
    headers = {f"Weir-Host-{part}": value for part, value in PARTS.items()}
    expected = credential[0].replace("KEY", OPERATORS_KEY).replace("OWN", OWN_KEY)
    if "OWN" in credential[0]:
        name, value = expected.split(": ")
        headers[name] = value
    arrived = street.arriving(f"/{id}{path}", headers, content=b'{"model": "m"}')
    assert arrived.url == url
    found = [f"{name}: {value}" for name, value in arrived.headers if name in CREDENTIALS]
    assert found == ([] if expected == "-" else [expected])
    row = CATALOG.get(id)
    assert row is not None
    for name, value in row.default_headers.items():
        assert arrived.values(name) == [value]
    assert not [name for name, _ in arrived.headers if name.startswith(("weir-", "helicone-"))]


def streaming_rows() -> list[Provider]:
    return [row for row in CATALOG if "chat_completions" in row.dialects and row.id != "demo"]


@pytest.mark.parametrize("row", streaming_rows(), ids=lambda row: row.id)
def test_usage_is_asked_for_only_where_that_is_known(street: Street, row: Provider) -> None:
    headers = {f"Weir-Host-{part}": value for part, value in PARTS.items()} | {"authorization": "Bearer own-1"}
    asked = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "hi"}]}
    path = row.path_of("chat_completions", "m")
    arrived = street.arriving(f"/{row.id}{path}", headers, json=asked)
    expected = asked | ({"stream_options": {"include_usage": True}} if row.stream_usage else {})
    assert json.loads(arrived.body) == expected
    # Mistral refuses fields it does not know, and tells its usage unasked.
    assert row.stream_usage or row.id not in ("openai", "groq", "vllm")
    assert not (row.stream_usage and row.id in ("mistral", "codestral"))
