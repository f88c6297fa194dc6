"""A gateway with stored keys, the one place they may go to, and a foreign place that must never see them."""

import logging
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from control import api_keys, organizations, provider_keys
from control.database import open_database
from control.sealing import SecretBox
from tests.gateway.attacks.listener import Listener, listening
from tests.gateway.running import Accounts, RunningGateway, running_gateway

SECRET_KEY = "a secret key of thirty-two characters"
STORED = "stored-0p3nai-4f7c1b9e2d"
STORED_ANTHROPIC = "stored-4nthr0pic-8a6e3c0d5f"
STORED_AZURE = "stored-4zur3-1c9d7e5b3a"
THEIRS = "stored-th31rs-6b2f8d4e0c"
OPERATORS = "operators-gr0q-9e1d5c7b3a"
SECRETS = (STORED, STORED_ANTHROPIC, STORED_AZURE, THEIRS, OPERATORS)

CHAT = "/openai/v1/chat/completions"
BODY = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


@dataclass(frozen=True)
class Scene:
    """Two organizations with stored keys and one without, and where their calls may end."""

    gateway: RunningGateway
    home: Listener
    """Where the catalogue's providers are, as the operator says in WEIR_UPSTREAMS."""
    foreign: Listener
    """A place that the operator allows as a target: calls may go there, kept keys may not."""
    third_key: str

    def post(self, path: str = CHAT, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.post(self.gateway.url + path, json=BODY, headers=self.gateway.auth | named)

    def raw(self, request: bytes) -> bytes:
        """Sends bytes as they are, with our key where `KEY` stands, and returns all that comes back."""
        port = int(self.gateway.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(request.replace(b"KEY", self.gateway.accounts.key.encode()))
            answer = b""
            while part := connection.recv(65536):
                answer += part
        return answer


@pytest.fixture(scope="package")
def attacked_accounts(accounts: Accounts, tmp_path_factory: pytest.TempPathFactory) -> tuple[Accounts, str]:
    """The accounts with stored keys, and a key of an organization that has none."""
    database = tmp_path_factory.mktemp("attacked") / "weir.db"
    shutil.copy(accounts.database, database)
    engine = open_database(f"sqlite:///{database}")
    box = SecretBox([SECRET_KEY])
    for provider, secret, parts in (
        ("openai", STORED, {}),
        ("anthropic", STORED_ANTHROPIC, {}),
        ("azure", STORED_AZURE, {"resource": "acme"}),
    ):
        provider_keys.create(engine, box, accounts.organization_id, provider, "stored", secret, parts=parts)
    provider_keys.create(engine, box, accounts.other_organization_id, "openai", "stored", THEIRS)
    _, third = api_keys.create(engine, organizations.create(engine, "Third").id, "app")
    engine.dispose()
    return Accounts(**{**vars(accounts), "database": database}), third


@pytest.fixture(scope="package")
def attacked(attacked_accounts: tuple[Accounts, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    accounts, third = attacked_accounts
    directory: Path = tmp_path_factory.mktemp("scene")
    with listening() as home, listening() as foreign, pytest.MonkeyPatch.context() as patch:
        patch.setenv("GROQ_API_KEY", OPERATORS)
        with running_gateway(
            directory,
            accounts,
            secret_key=SECRET_KEY,
            upstreams={id: f"{home.url}/{id}" for id in ("openai", "anthropic", "groq")},
            allowed_targets=foreign.place,
            operator_key_organizations=str(accounts.organization_id),
        ) as gateway:
            yield Scene(gateway, home, foreign, third)


@pytest.fixture
def scene(attacked: Scene, caplog: pytest.LogCaptureFixture) -> Iterator[Scene]:
    """The scene; after each attack the foreign place has seen no kept key, and our own log holds no secret at all."""
    attacked.home.forget()
    attacked.foreign.forget()
    with caplog.at_level(logging.DEBUG):
        yield attacked
    seen = [secret for secret in SECRETS if attacked.foreign.saw(secret)]
    assert seen == []
    for place in (attacked.home, attacked.foreign):
        assert not place.saw(attacked.gateway.accounts.key)
    logged = "\n".join(map(caplog.handler.format, filter(_is_ours, caplog.get_records("call"))))
    assert not [secret for secret in (*SECRETS, attacked.gateway.accounts.key, SECRET_KEY) if secret in logged]


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether a gateway in a process of its own would log this: not what the test's client says, nor access lines."""
    return not record.name.startswith(("httpx", "httpcore", "uvicorn.access"))
