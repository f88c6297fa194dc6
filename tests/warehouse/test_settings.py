from pathlib import Path

import pytest
from pydantic import ValidationError

from warehouse.settings import SpoolSettings, StorageSettings, WarehouseSettings


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    for group in (SpoolSettings, WarehouseSettings):
        for field in group.model_fields:
            monkeypatch.delenv(f"WEIR_{field.upper()}", raising=False)


def test_everything_on_disk_follows_the_data_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("WEIR_DATA_DIR", str(tmp_path / "a b"))
    settings = SpoolSettings()
    assert settings.spool_dir == tmp_path / "a b" / "spool"
    assert settings.database_url == f"sqlite:///{tmp_path}/a b/weir.db"
    assert settings.object_store_url == f"file://{tmp_path}/a%20b/objects"


def test_a_relative_data_directory_means_the_same_to_every_process(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WEIR_DATA_DIR", "here")
    assert StorageSettings().data_dir == Path(tmp_path, "here")
    monkeypatch.delenv("WEIR_DATA_DIR")
    assert StorageSettings().object_store_url == f"file://{tmp_path}/.weir/objects"


def test_a_place_that_is_set_wins_over_the_derived_one(monkeypatch, tmp_path):
    monkeypatch.setenv("WEIR_SPOOL_DIR", str(tmp_path))
    monkeypatch.setenv("WEIR_OBJECT_STORE_URL", "s3://?endpoint=http://store:8333")
    settings = SpoolSettings()
    assert settings.spool_dir == tmp_path
    assert settings.object_store_url == "s3://?endpoint=http://store:8333"


def test_a_bound_that_makes_no_sense_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("WEIR_SPOOL_MAX_BYTES", "-1")
    with pytest.raises(ValidationError, match="spool_max_bytes"):
        SpoolSettings()


def test_passwords_in_urls_are_not_shown():
    settings = WarehouseSettings(warehouse_url="http://writer:secret@host/weir")
    storage = StorageSettings(database_url="postgresql+psycopg://weir:secret@host/weir")
    assert "secret" not in repr(settings) + repr(storage)


@pytest.mark.parametrize("group", [StorageSettings, SpoolSettings, WarehouseSettings])
def test_every_field_says_what_it_means(group):
    assert [name for name, field in group.model_fields.items() if not field.description] == []
