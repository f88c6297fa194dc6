"""`weir import helicone`, as it is typed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from control import organizations
from control.database import open_database
from control.migrate import migrate
from tests.conftest import free_ports
from tests.engine import warehouse_server  # noqa: F401
from tests.weir.importing.conversations import CHAT, CHAT_ANSWER, plain
from tests.weir.importing.fake_helicone import KEY
from warehouse.clickhouse import connect_writer
from weir.cli import app


@pytest.fixture
def weir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WEIR_DATA_DIR", str(tmp_path / "data"))
    engine = open_database(f"sqlite:///{tmp_path / 'data' / 'weir.db'}")
    migrate(engine)
    organizations.create(engine, "Acme")
    engine.dispose()

    def run(*arguments: str, code: int = 0, input: str | None = None) -> str:
        result = CliRunner().invoke(app, ["import", "helicone", *arguments], input=input)
        assert result.exit_code == code, result.output
        return result.output

    return run


def test_what_was_brought_is_loaded_and_summed_up(weir, helicone, warehouse_server, monkeypatch):  # noqa: F811
    warehouse_server.truncate()
    monkeypatch.setenv("WEIR_WAREHOUSE_URL", warehouse_server.writer_url)
    monkeypatch.setenv("WEIR_WAREHOUSE_READER_URL", warehouse_server.reader_url)
    helicone.add(CHAT, CHAT_ANSWER, **plain(1, "2026-11-01 08:00:00.000"), scores={"tone": 7})
    helicone.add(CHAT, CHAT_ANSWER, **plain(2, "2026-11-01 08:00:01.000"), asset_ids=["picture"])
    asked = ("--since", "2026-11-01", "--until", "2026-11-02", "--url", helicone.url)
    output = weir(*asked, input=f"{KEY}\n")
    assert "2 requests, 1 scores and 0 times feedback" in output
    assert "2 rows were loaded" in output
    assert "Not carried, 1 times: pictures" in output
    assert KEY not in output
    client = connect_writer(warehouse_server.writer_url)
    assert client.query("select count() from requests where source = 'import'").result_rows == [(2,)]
    client.close()
    assert "2 days were done before" in weir(*asked, input=KEY)


def test_where_the_warehouse_is_down_the_segments_wait_for_the_pipelines(weir, tmp_path, monkeypatch, helicone):
    [nobody] = free_ports(1)
    monkeypatch.setenv("WEIR_WAREHOUSE_URL", f"http://writer@127.0.0.1:{nobody}/weir")
    monkeypatch.setenv("WEIR_WAREHOUSE_READER_URL", f"http://reader@127.0.0.1:{nobody}/weir")
    helicone.add(CHAT, CHAT_ANSWER, inline=True, **plain(1, "2026-11-01 08:00:00.000"))
    (tmp_path / "page.json").write_text(json.dumps({"data": helicone.rows, "error": None}))
    output = weir("page.json")
    assert "1 requests" in output
    assert "1 days could not be loaded now" in output
    assert "the pipelines will, within the hour" in output


def test_a_mistake_is_told_with_the_way_out(weir, tmp_path, helicone):
    assert "give --since" in weir(code=1)
    assert "Settings, API Keys" in weir("--since", "2026-11-01", "--url", helicone.url, input="wrong", code=1)
    (tmp_path / "page.json").write_text("no")
    assert "page.json: not an answer" in weir("page.json", code=1)
