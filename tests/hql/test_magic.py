"""The magic in a real IPython shell, over a warehouse that remembers what it was asked."""

import atexit
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import hql
from hql import magic
from hql.catalog import build_catalog
from hql.client import HqlError
from hql.magic import HqlMagics, register


class Remembering:
    """Answers every query with one row, and keeps the question."""

    last = "1 rows · 2 ms"

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.problem: HqlError | None = None

    def sql(self, text: str, **options: Any) -> pl.DataFrame:
        self.asked.append((text, options))
        if self.problem:
            raise self.problem
        return pl.DataFrame({"n": [1]})

    def schema(self) -> dict[str, Any]:
        return build_catalog().as_dict()

    def explain(self, text: str, **parameters: Any) -> pl.DataFrame:
        self.asked.append((text, parameters))
        return pl.DataFrame({"table": ["requests"], "rows": [300]})


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[InteractiveShell]:
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell(config=config, ipython_dir=str(tmp_path))
    yield shell
    atexit.unregister(shell.atexit_operations)
    shell.atexit_operations()


@pytest.fixture
def warehouse(shell: InteractiveShell) -> Remembering:
    warehouse = Remembering()
    register(shell, HqlMagics(shell, warehouse))  # type: ignore[arg-type]
    return warehouse


PLAIN = {"fresh": False, "limit": None, "max_age": None}


def test_a_cell_gives_a_frame(shell: InteractiveShell, warehouse: Remembering, capsys: pytest.CaptureFixture[str]):
    frame = shell.run_cell_magic("hql", "", "select 1 as n\n")
    assert frame.to_dict(as_series=False) == {"n": [1]}
    assert warehouse.asked == [("select 1 as n\n", PLAIN)]
    assert capsys.readouterr().out == "1 rows · 2 ms\n"


def test_a_cell_fills_a_variable(shell: InteractiveShell, warehouse: Remembering):
    assert shell.run_cell_magic("hql", "-o df --fresh --limit 5 --max-age 10", "select 1") is None
    assert shell.user_ns["df"].height == 1
    assert warehouse.asked[0][1] == {"fresh": True, "limit": 5, "max_age": 10.0}


def test_notebook_variables_are_values_of_parameters(shell: InteractiveShell, warehouse: Remembering):
    shell.user_ns |= {"days": 7, "names": ["a", "b"], "other": 1}
    shell.run_cell_magic("hql", "", "select {days:UInt8}, {names: Array(String)}, '{other:UInt8}' -- {no:UInt8}")
    assert warehouse.asked[0][1] == {**PLAIN, "days": 7, "names": ["a", "b"]}


def test_a_missing_variable_is_named(
    shell: InteractiveShell, warehouse: Remembering, capsys: pytest.CaptureFixture[str]
):
    assert shell.run_cell_magic("hql", "", "select {days:UInt8}") is None
    assert "the query needs the variable `days`" in capsys.readouterr().err
    assert warehouse.asked == []


@pytest.mark.parametrize("line", ["select 'a  b' as x", "--fresh --limit 3 select 'a  b' as x"])
def test_a_line_is_a_query(shell: InteractiveShell, warehouse: Remembering, line: str):
    shell.run_line_magic("hql", line)
    assert warehouse.asked[0][0] == "select 'a  b' as x"
    assert warehouse.asked[0][1]["fresh"] == ("--fresh" in line)


def test_an_error_is_shown_without_a_traceback(
    shell: InteractiveShell, warehouse: Remembering, capsys: pytest.CaptureFixture[str]
):
    warehouse.problem = HqlError({"message": "unknown column `x`", "line": 1, "column": 8}, "select x")
    assert shell.run_cell_magic("hql", "", "select x") is None
    assert capsys.readouterr().err == "unknown column `x`\n\n  select x\n         ^\n"


def test_an_unknown_option_is_shown(
    shell: InteractiveShell, warehouse: Remembering, capsys: pytest.CaptureFixture[str]
):
    assert shell.run_cell_magic("hql", "--nothing", "select 1") is None
    assert "--nothing" in capsys.readouterr().err


def test_the_extension_connects_when_first_asked(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch):
    warehouse = Remembering()
    monkeypatch.setattr(magic, "connect", lambda: warehouse)
    hql.load_ipython_extension(shell)
    shell.run_line_magic("hql", "select 1")
    assert len(warehouse.asked) == 1


@pytest.mark.parametrize("as_line", [False, True])
def test_what_a_query_would_read_is_told_and_it_is_not_run(shell: InteractiveShell, warehouse: Remembering, as_line):
    shell.user_ns["days"] = 7
    text = "select {days:UInt8} from requests"
    told = (
        shell.run_line_magic("hql", f"--explain {text}") if as_line else shell.run_cell_magic("hql", "--explain", text)
    )
    assert told["rows"].to_list() == [300]
    assert warehouse.asked == [(text, {"days": 7})]


@pytest.mark.parametrize("kind", ["line", "bar", "area", "scatter"])
def test_an_answer_is_drawn(shell: InteractiveShell, warehouse: Remembering, kind: str):
    figure = shell.run_cell_magic("hql", f"--chart {kind} n n -o df", "select 1 as n")
    assert list(figure.data[0].y) == [1]
    assert shell.user_ns["df"].height == 1
    assert shell.run_line_magic("hql", f"--chart {kind} n n select 1 as n").layout.xaxis.title.text == "n"
    assert warehouse.asked[1][0] == "select 1 as n"


@pytest.mark.parametrize(("chart", "told"), [("pie n n", "charts: line"), ("line n m", "no column `m`")])
def test_what_cannot_be_drawn_is_told(shell: InteractiveShell, warehouse: Remembering, chart, told, capsys):
    assert shell.run_cell_magic("hql", f"--chart {chart}", "select 1 as n") is None
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("%%hql -o df\nselect mod| from requests", "model"),
        ("%%hql\nselect count() from sess|", "sessions"),
        ("%%hql\nselect s.start|\nfrom sessions as s", "started_at"),
        ("%%hql\nselect quantileE|", "quantileExact"),
        ("%hql select count() from us|", "users"),
    ],
)
def test_names_are_completed_from_the_schema(shell: InteractiveShell, warehouse: Remembering, text: str, name: str):
    assert name in completed(shell, text)


def test_outside_of_queries_nothing_of_ours_is_offered(shell: InteractiveShell, warehouse: Remembering):
    assert "sessions" not in completed(shell, "select count() from sess|")


def completed(shell: InteractiveShell, text: str) -> list[str]:
    with provisionalcompleter():
        return [each.text for each in shell.Completer.completions(text.replace("|", ""), text.index("|"))]
