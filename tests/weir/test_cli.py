"""The command line on an application database of its own."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from control import api_keys, provider_keys, sign_in
from control.database import open_database
from control.migrate import migrate
from control.sealing import SecretBox
from weir.cli import app


@pytest.fixture
def weir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WEIR_DATA_DIR", str(tmp_path / "data"))
    engine = open_database(f"sqlite:///{tmp_path / 'data' / 'weir.db'}")
    migrate(engine)

    def run(*arguments: str, code: int = 0, input: str | None = None) -> str:
        result = CliRunner().invoke(app, list(arguments), input=input)
        assert result.exit_code == code, result.output
        return result.output

    run.engine = engine
    run.data_dir = tmp_path / "data"
    yield run
    engine.dispose()


def test_an_organization_a_user_and_a_key_are_made(weir):
    weir("create-organization", "Acme")
    link = weir("create-user", "ada@example.com", "--organization", "Acme", "--role", "owner")
    session, _ = sign_in.redeem(weir.engine, re.search(r"token=(\S+)", link)[1])
    assert session.user.email == "ada@example.com"
    secret = weir("create-key", "ci", "--organization", "Acme", "--scope", "query").split()[0]
    assert api_keys.find(weir.engine, secret).scopes == {"query"}


def test_a_command_where_there_is_no_instance_says_so_and_makes_none(weir, tmp_path, monkeypatch):
    monkeypatch.setenv("WEIR_DATA_DIR", str(tmp_path / "elsewhere"))
    assert "there is no instance" in weir("sign-in-link", "ada@example.com", code=1)
    assert not (tmp_path / "elsewhere").exists()


def test_a_database_without_tables_is_told_how_it_gets_them(weir, tmp_path, monkeypatch):
    monkeypatch.setenv("WEIR_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    assert "weir migrate" in weir("create-organization", "Acme", code=1)


def test_the_only_organization_need_not_be_named(weir):
    assert "weir create-organization" in weir("create-key", "ci", code=1).replace("\n", " ")
    weir("create-organization", "Acme")
    output = weir("create-key", "ci", "--limit", "100;w=60", "--limit", "500;w=86400;u=cent")
    key = api_keys.find(weir.engine, output.split()[0])
    assert list(map(str, key.limits)) == ["100;w=60;u=request", "500;w=86400;u=cent"]
    weir("revoke-key", str(key.id))
    weir("create-organization", "Other")
    assert "Acme, Other" in weir("create-key", "ci", code=1)


def test_the_key_an_application_had_at_helicone_is_registered(weir):
    weir("create-organization", "Acme")
    secret = "sk-helicone-h4k2mzq-7xw3bnd-ro5tuvy-2ac6efg"
    output = weir("create-key", "from helicone", "--secret-stdin", input=f"{secret}\n")
    assert secret not in output
    assert api_keys.find(weir.engine, secret).name == "from helicone"


def test_a_provider_key_is_stored_and_sealed_anew_with_another_secret_key(weir, monkeypatch: pytest.MonkeyPatch):
    weir("create-organization", "Acme")
    secret = "sk-proj-abcdefgh-0123456789-wxyz"
    assert secret not in weir("add-provider-key", "openai", "--name", "prod", input=secret)
    weir("add-provider-key", "azure", "--part", "resource=acme-eu", input=secret)
    old = json.loads((weir.data_dir / "secrets.json").read_text())["secret_key"]
    new = "another secret key of forty characters.."
    monkeypatch.setenv("WEIR_SECRET_KEY", f"{new},{old}")
    assert "2 provider keys" in weir("reseal-provider-keys")
    keys = provider_keys.changes_since(weir.engine, None).keys
    assert {key.secret(SecretBox([new])) for key in keys} == {secret}
    assert [key.parts for key in keys] == [{}, {"resource": "acme-eu"}]
    monkeypatch.setenv("WEIR_SECRET_KEY", "a third secret key of forty characters..")
    assert "nothing was changed" in weir("reseal-provider-keys", code=1)


def test_a_revoked_key_is_dead(weir):
    weir("create-organization", "Acme")
    output = weir("create-key", "ci", "--organization", "Acme")
    secret, key_id = output.split()[0], re.search(r"id (\S+);", output)[1]
    weir("revoke-key", key_id, "--organization", "Acme")
    assert api_keys.find(weir.engine, secret) is None


def test_a_new_password_signs_in(weir):
    weir("create-organization", "Acme")
    weir("create-user", "ada@example.com", "--organization", "Acme")
    weir("set-password", "ada@example.com", input="correct horse battery\ncorrect horse battery\n")
    assert sign_in.with_password(weir.engine, "ada@example.com", "correct horse battery", "127.0.0.1")


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("create-key", "ci", "--organization", "Nobody"), "weir create-organization"),
        (("sign-in-link", "nobody@example.com"), "weir create-user"),
        (("create-user", "no address", "--organization", "Acme"), "email"),
        (("create-key", "ci", "--limit", "many"), "1000;w=3600;u=request"),
        (("add-provider-key", "opnai"), "openai"),
        (("add-provider-key", "openai"), "standard input is empty"),
        (("add-provider-key", "azure"), "resource"),
        (("add-provider-key", "azure", "--part", "acme"), "name=value"),
        (("create-key", "ci", "--organization", "Acme", "--scope", "root"), "gateway, query, manage"),
    ],
)
def test_a_mistake_is_refused_with_a_remedy(weir, arguments: tuple[str, ...], remedy: str):
    weir("create-organization", "Acme")
    assert remedy in weir(*arguments, code=1).replace("\n", " ")


def test_the_doctor_makes_no_instance_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WEIR_DATA_DIR", str(tmp_path / "nothing"))
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "WEIR_DATA_DIR" in result.output
    assert not (tmp_path / "nothing").exists()
