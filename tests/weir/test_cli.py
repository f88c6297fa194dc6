"""The command line on an application database of its own."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from control import api_keys, sign_in
from control.database import open_database
from control.migrate import migrate
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
    yield run
    engine.dispose()


def test_an_organization_a_user_and_a_key_are_made(weir):
    weir("create-organization", "Acme")
    link = weir("create-user", "ada@example.com", "--organization", "Acme", "--role", "owner")
    session, _ = sign_in.redeem(weir.engine, re.search(r"token=(\S+)", link)[1])
    assert session.user.email == "ada@example.com"
    secret = weir("create-key", "ci", "--organization", "Acme", "--scope", "query").split()[0]
    assert api_keys.find(weir.engine, secret).scopes == {"query"}


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
