"""Calls without a key of ours: refused, or where the operator allows them carried with nothing of ours at all."""

from collections.abc import Iterator

import httpx
import pytest

from tests.gateway.attacks.conftest import BODY, CHAT, OPERATORS, SECRET_KEY, STORED, Scene
from tests.gateway.attacks.listener import Listener, listening
from tests.gateway.running import Accounts, RunningGateway, running_gateway

OWN = {"Authorization": "Bearer the-callers-own-key"}


@pytest.fixture(scope="module")
def home() -> Iterator[Listener]:
    with listening() as started:
        yield started


@pytest.fixture(scope="module")
def lenient(
    attacked_accounts: tuple[Accounts, str], home: Listener, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningGateway]:
    """A gateway that takes calls without a key, and has kept keys of every kind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GROQ_API_KEY", OPERATORS)
        with running_gateway(
            tmp_path_factory.mktemp("lenient"),
            attacked_accounts[0],
            secret_key=SECRET_KEY,
            upstreams={id: f"{home.url}/{id}" for id in ("openai", "groq", "demo", "ollama")},
            allowed_targets=home.place,
            operator_key_organizations="*",
            allow_unlogged=True,
        ) as gateway:
            yield gateway


def test_without_a_key_a_call_is_refused_by_default(scene: Scene):
    assert httpx.post(scene.gateway.url + CHAT, json=BODY, headers=OWN).status_code == 401
    assert scene.home.connections == 0


def test_where_it_is_allowed_it_is_carried_and_not_recorded(lenient: RunningGateway, home: Listener):
    home.forget()
    before = len(lenient.records())
    answer = httpx.post(lenient.url + CHAT, json=BODY, headers=OWN | {"Helicone-Cache-Enabled": "true"})
    assert answer.status_code == 200
    assert home.saw("the-callers-own-key")
    assert home.saw("content-type: application/json")
    recorded = httpx.post(lenient.url + CHAT, json=BODY, headers=OWN | lenient.auth)
    lenient.record(recorded.headers["weir-request-id"])
    assert len(lenient.records()) == before + 1


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (CHAT, {}),
        ("/groq/v1/chat/completions", {}),
        ("/groq/v1/chat/completions?key=own", {}),
        ("/demo/v1/chat/completions", OWN),
        ("/ollama/v1/chat/completions", OWN),
        ("/v1/chat/completions", OWN),
        (CHAT, OWN | {"Weir-Target-URL": "{home}"}),
        (CHAT, OWN | {"Weir-Fallbacks": '[{{"target-url": "{home}", "headers": {{}}}}]'}),
        (CHAT, OWN | {"Weir-Auth": "Bearer sk-weir-wrong"}),
        ("/custom/v1/log", OWN),
        ("/v1/traces", OWN),
    ],
)
def test_it_gets_nothing_but_a_providers_own_door(
    lenient: RunningGateway, home: Listener, path: str, headers: dict[str, str]
):
    home.forget()
    named = {name: value.format(home=home.url) for name, value in headers.items()}
    answer = httpx.post(lenient.url + path, json=BODY, headers=named)
    assert answer.status_code == 401
    assert home.connections == 0


def test_a_kept_key_is_never_lent_to_it(lenient: RunningGateway, home: Listener):
    home.forget()
    for path in (CHAT, "/groq/v1/chat/completions"):
        assert httpx.post(lenient.url + path, json=BODY, headers=OWN).status_code == 200
    assert not home.saw(STORED)
    assert not home.saw(OPERATORS)
