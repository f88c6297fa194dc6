"""What every provider of the catalogue is sent: the path, the credential, the headers it demands."""

from pathlib import Path

import pytest

from providers.catalog import load_catalog
from tests.gateway.targets.conftest import OPERATORS_KEY, Street

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
    assert {line.split()[0] for line in LINES} == {row.id for row in load_catalog()} - {"demo"}


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
    row = load_catalog().get(id)
    assert row is not None
    for name, value in row.default_headers.items():
        assert arrived.values(name) == [value]
    assert not [name for name, _ in arrived.headers if name.startswith(("weir-", "helicone-"))]
