"""Names and addresses: a kept key is sent to its provider's own host, at a public address, and nowhere else.

These calls go to the catalogue's real hosts, so the tests take the place of the names' resolver: nothing leaves here.
"""

import shutil
import socket
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from gateway.errors import Forbidden
from gateway.upstream import client, resolver
from gateway.upstream.client import Upstream
from gateway.upstream.resolver import Address
from tests.gateway.attacks.conftest import BODY, SECRET_KEY, STORED_AZURE
from tests.gateway.running import Accounts, RunningGateway, running_gateway

PUBLIC, OTHER_PUBLIC, PRIVATE = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "127.0.0.1"
AZURE = "/azure/openai/deployments/d/chat/completions"


@dataclass
class Names:
    """What names resolve to, and which were asked for."""

    addresses: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)

    async def look_up(self, host: str, port: int) -> list[Address]:
        self.asked.append(host)
        if not self.addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in self.addresses
        ]

    async def connect(self, addresses: list[Address], **_: object) -> socket.socket:
        self.connected += [address[4][0] for address in addresses]
        raise ConnectionRefusedError("nobody is there")


@pytest.fixture(scope="module")
def outward(
    attacked_accounts: tuple[Accounts, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningGateway]:
    """A gateway before the catalogue's real hosts."""
    accounts, _ = attacked_accounts
    with running_gateway(Path(tmp_path_factory.mktemp("outward")), accounts, secret_key=SECRET_KEY) as gateway:
        yield gateway


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    made = Names()
    monkeypatch.setattr(resolver, "_look_up", made.look_up)
    monkeypatch.setattr(client.aiohappyeyeballs, "start_connection", made.connect)
    return made


def post(gateway: RunningGateway, path: str, headers: dict[str, bytes | str] | None = None) -> httpx.Response:
    raw = [
        (name.encode(), value if isinstance(value, bytes) else value.encode())
        for name, value in (headers or {}).items()
    ]
    return httpx.post(gateway.url + path, json=BODY, headers=[*httpx.Headers(gateway.auth).raw, *raw])


def test_a_stored_key_goes_to_the_host_it_was_stored_for(outward: RunningGateway, names: Names):
    assert post(outward, AZURE).status_code == 502
    assert set(names.asked) <= {"acme.openai.azure.com"}


VALUES = [
    *("evil", "evil.test", "evil.test/", "acme.evil.test#", "acme@evil.test", "acme%2eevil%2etest", "evil.test%00"),
    *(
        "evil%2f",
        "..",
        "acme/../..",
        "acme:8080",
        "ACME",
        "acme\u3002evil",
        "\u0430\u0441me".encode(),
        "x" * 64,
        "",
    ),
    *("127.0.0.1", "[::1]", "{region}", "acme evil", "acme,evil", "acme?x=", "acme\\evil"),
]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("header", ["weir-host-resource", "helicone-host-resource"])
def test_no_value_of_a_part_leads_it_elsewhere(outward: RunningGateway, names: Names, header: str, value: str | bytes):
    answer = post(outward, AZURE, {header: value if isinstance(value, bytes) else value.encode()})
    assert set(names.asked) <= {"acme.openai.azure.com"}
    assert answer.status_code in (400, 502)
    assert STORED_AZURE not in answer.text


@pytest.mark.parametrize("path", ["/azure/https://evil.test/x", "/azure/..%2f@evil.test", "/azure//evil.test/openai"])
def test_nor_does_a_path(outward: RunningGateway, names: Names, path: str):
    post(outward, path)
    assert set(names.asked) <= {"acme.openai.azure.com"}


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *("::1", "fe80::1", "fd00:ec2::254", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "::"),
    ],
)
def test_a_name_that_leads_into_our_own_network_is_refused(outward: RunningGateway, names: Names, address: str):
    names.addresses = [address]
    answer = post(outward, "/openai/v1/chat/completions")
    assert answer.status_code == 403
    assert names.connected == []


async def test_the_connection_is_made_to_the_addresses_that_were_checked(names: Names, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(resolver, "_REMEMBERED_SECONDS", 0.0)
    upstream = Upstream(is_trusted=lambda host, port: False)
    try:
        names.addresses = [PUBLIC, PRIVATE, OTHER_PUBLIC]
        with pytest.raises(Exception, match="cannot be reached"):
            await upstream.send("POST", "https://api.openai.com/v1", [], b"{}", "api.openai.com")
        assert names.connected == [PUBLIC, OTHER_PUBLIC]
        # The name changes its mind: the next connection is refused, not made.
        names.addresses = [PRIVATE]
        with pytest.raises(Forbidden):
            await upstream.send("POST", "https://api.openai.com/v1", [], b"{}", "api.openai.com")
        assert names.connected == [PUBLIC, OTHER_PUBLIC]
    finally:
        await upstream.close()


def test_a_row_copied_to_another_organization_serves_nobody(
    attacked_accounts: tuple[Accounts, str], tmp_path: Path, names: Names
):
    """Whoever can write to the database, but does not know the secret key, moves a key to an organization of theirs."""
    accounts, _ = attacked_accounts
    moved = tmp_path / "moved.db"
    shutil.copy(accounts.database, moved)
    with sqlite3.connect(moved) as connection:
        connection.execute("delete from provider_keys where organization_id = ?", [accounts.other_organization_id.hex])
        connection.execute("update provider_keys set organization_id = ?", [accounts.other_organization_id.hex])
    connection.close()
    stolen = Accounts(**{**vars(accounts), "database": moved})
    (tmp_path / "gateway").mkdir()
    with running_gateway(tmp_path / "gateway", stolen, secret_key=SECRET_KEY) as gateway:
        answer = httpx.post(
            f"{gateway.url}/openai/v1/chat/completions", json=BODY, headers={"Weir-Auth": accounts.other_key}
        )
        metrics = httpx.get(f"{gateway.url}/metrics").text
    assert answer.status_code == 401
    assert names.asked == []
    assert "weir_gateway_provider_keys_unreadable 3.0" in metrics
