"""`%%hql` in a real Jupyter kernel: a frame in a variable, what is completed, and Ctrl-C."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

import hql
from hql.client import HqlError, Warehouse
from tests.notebooks.conftest import Served

_SECONDS = 60
ENDLESS = (
    "select count() as endless from (select arrayJoin(range(100000000)) as a) as x, "
    "(select arrayJoin(range(1000)) as b) as y"
)


class Kernel:
    """A kernel, and what its cells print."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager = manager
        self.client = client

    def run(self, cell: str) -> tuple[dict[str, Any], str]:
        """Runs a cell; returns its reply, and all that it printed and showed."""
        shown: list[str] = []

        def take(message: dict[str, Any]) -> None:
            content = message["content"]
            shown.append(content.get("text", "") or content.get("data", {}).get("text/plain", ""))

        reply = self.client.execute_interactive(cell, timeout=_SECONDS, output_hook=take)
        return reply["content"], "".join(shown)

    def complete(self, cell: str) -> list[str]:
        reply = self.client.complete(cell.replace("|", ""), cell.index("|"), reply=True, timeout=_SECONDS)
        return list(reply["content"]["matches"])


@pytest.fixture(scope="module")
def kernel(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WEIR_API_URL", served.url)
        patch.setenv("WEIR_API_KEY", served.key)
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        manager = KernelManager(kernel_name="python3")
        manager.start_kernel()
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=_SECONDS)
            kernel = Kernel(manager, client)
            assert kernel.run("%load_ext hql")[0]["status"] == "ok"
            yield kernel
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            manager.context.destroy()


def test_a_cell_takes_a_variable_and_gives_a_frame(kernel: Kernel):
    kernel.run("least = 500")
    reply, shown = kernel.run(
        "%%hql -o failed --fresh\nselect status_code, count() as n from requests where status_code >= {least:UInt16} "
        "group by status_code"
    )
    assert reply["status"] == "ok"
    assert "1 rows" in shown
    assert kernel.run("failed.to_dicts()")[1] == "[{'status_code': 500, 'n': 50}]"


def test_an_error_shows_its_place(kernel: Kernel):
    _, shown = kernel.run("%%hql\nselect modle from requests")
    assert "did you mean `model`?" in shown
    assert "\n         ^" in shown


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("%%hql\nselect count() from sess|", "sessions"),
        ("%%hql -o df\nselect request_mod| from requests", "request_model"),
    ],
)
def test_names_are_completed_without_a_browser(kernel: Kernel, cell: str, name: str):
    assert name in kernel.complete(cell)


def test_an_interrupt_stops_the_query_in_the_engine(kernel: Kernel, served: Served):
    asked = kernel.client.execute(f"%%hql --fresh\n{ENDLESS}")
    until(lambda: served.running("endless") == 1)
    kernel.manager.interrupt_kernel()
    reply = kernel.client.get_shell_msg(timeout=_SECONDS)
    while reply["parent_header"].get("msg_id") != asked:
        reply = kernel.client.get_shell_msg(timeout=_SECONDS)
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    until(lambda: served.running("endless") == 0)
    assert "[42]" in kernel.run("%%hql -o df\nselect 42 as n")[1] + kernel.run("df['n'].to_list()")[1]


@pytest.fixture
def wh(served: Served) -> Iterator[Warehouse]:
    with hql.connect(served.url, served.key) as warehouse:
        yield warehouse


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_an_export_is_a_file_with_all_rows(wh: Warehouse, tmp_path: Path, ending: str):
    sql = "select request_id, status_code from requests where status_code = {status:UInt16} order by request_id"
    path = wh.export(sql, tmp_path / f"ok.{ending}", status=200)
    read = {"csv": pl.read_csv, "jsonl": pl.read_ndjson, "parquet": pl.read_parquet}[ending]
    frame = read(path)
    assert frame.columns == ["request_id", "status_code"]
    assert frame["request_id"].to_list() == wh.sql(sql, status=200)["request_id"].to_list()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_an_export_that_fails_says_why_and_leaves_no_file(wh: Warehouse, tmp_path: Path):
    with pytest.raises(HqlError, match="unknown column"):
        wh.export("select nothing from requests", tmp_path / "rows.csv")
    with pytest.raises(HqlError, match="names no format; endings: csv"):
        wh.export("select 1", tmp_path / "rows.xlsx")
    with pytest.raises(HqlError) as caught:
        wh.export("select toUInt8(provider) as n from requests", tmp_path / "rows.csv")
    assert caught.value.code == "engine_error"
    assert list(tmp_path.iterdir()) == []


def until(condition: Any) -> None:
    deadline = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
