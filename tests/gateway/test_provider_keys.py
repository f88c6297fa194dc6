"""What the gateway holds of stored provider keys, told by a real database."""

import logging
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.engine import Engine

from control import provider_keys
from control.database import open_database
from control.sealing import SecretBox
from gateway.caller.provider_keys import ProviderKeys
from tests.gateway.running import Accounts

BOX = SecretBox(["a secret key of thirty-two characters"])


@pytest.fixture
def database(tmp_path: Path, accounts: Accounts):
    engine = open_database(f"sqlite:///{shutil.copy(accounts.database, tmp_path / 'weir.db')}")
    yield engine
    engine.dispose()


def store(database: Engine, accounts: Accounts, secret: str, **more: object) -> provider_keys.ProviderKey:
    return provider_keys.create(database, BOX, accounts.organization_id, "azure", "test", secret, **more)


async def test_the_newest_key_is_used_until_it_is_removed(database: Engine, accounts: Accounts):
    keys = ProviderKeys(database, BOX)
    await keys.refresh()
    assert keys.find(accounts.organization_id, "azure") is None
    store(database, accounts, "the-older-key")
    newer = store(database, accounts, "the-newer-key", parts={"resource": "acme"})
    await keys.refresh()
    found = keys.find(accounts.organization_id, "azure")
    assert found is not None
    assert (found.secret, dict(found.parts)) == ("the-newer-key", {"resource": "acme"})
    assert keys.find(accounts.other_organization_id, "azure") is keys.find(uuid4(), "openai") is None
    provider_keys.remove(database, accounts.organization_id, newer.id)
    await keys.refresh()
    assert keys.find(accounts.organization_id, "azure").secret == "the-older-key"


async def test_nothing_is_read_again_while_nothing_changes(database: Engine, accounts: Accounts):
    keys = ProviderKeys(database, BOX)
    store(database, accounts, "the-only-key")
    await keys.refresh()
    found = keys.find(accounts.organization_id, "azure")
    await keys.refresh()
    assert keys.find(accounts.organization_id, "azure") is found


async def test_while_the_database_is_away_known_keys_go_on(database: Engine, accounts: Accounts, tmp_path: Path):
    keys = ProviderKeys(database, BOX)
    store(database, accounts, "the-only-key")
    await keys.refresh()
    database.dispose()
    (tmp_path / "weir.db").write_bytes(b"this is no database any more " * 1000)
    await keys.refresh()
    assert keys.find(accounts.organization_id, "azure") is not None


@pytest.mark.parametrize("box", [None, SecretBox(["another secret key of forty characters.."])])
async def test_a_key_that_does_not_open_is_counted_and_not_used(
    database: Engine, accounts: Accounts, box: SecretBox | None, caplog: pytest.LogCaptureFixture
):
    keys = ProviderKeys(database, box)
    made = store(database, accounts, "the-only-key")
    with caplog.at_level(logging.DEBUG):
        await keys.refresh()
    assert keys.find(accounts.organization_id, "azure") is None
    assert keys.unreadable == 1
    assert str(made.id) in caplog.text
    assert "the-only-key" not in caplog.text


def test_a_key_is_not_in_what_is_printed():
    from gateway.caller.provider_keys import StoredKey

    assert "the-only-key" not in repr(StoredKey("the-only-key", {}))


def test_a_gateway_without_stored_keys_does_not_load_what_opens_them():
    code = "import sys, gateway.main; print('cryptography' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"
