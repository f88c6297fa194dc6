"""Notebooks are committed as text and as notebooks without outputs, and run clean from top to bottom."""

from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
TEXTS = sorted(NOTEBOOKS.glob("*.py"))
IN_EVERY_RUN = "first_questions"
RUN = [pytest.param(text, marks=[] if text.stem == IN_EVERY_RUN else pytest.mark.notebooks) for text in TEXTS]


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.stem)
def test_a_notebook_and_its_text_say_the_same(text: Path):
    notebook = jupytext.read(text.with_suffix(".ipynb"))
    written = jupytext.read(text)
    assert [(cell.cell_type, cell.source) for cell in notebook.cells] == [
        (cell.cell_type, cell.source) for cell in written.cells
    ]


def test_the_notebooks_that_people_look_for_are_there():
    assert {text.stem for text in TEXTS} == {
        "comparing_two_prompt_versions",
        "cost_by_model_user_and_feature",
        "first_questions",
        "from_warehouse_to_fine_tuning_set",
        "latency_and_errors",
        "one_session_replayed",
    }


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_without_outputs(text: Path):
    notebook = nbformat.read(text.with_suffix(".ipynb"), as_version=4)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.stack
@pytest.mark.parametrize("text", RUN, ids=lambda path: path.stem)
def test_a_notebook_runs_on_the_demo_data(text: Path, running_stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("WEIR_API_URL", running_stack.api_url)
    monkeypatch.setenv("WEIR_API_KEY", running_stack.query_key)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = nbformat.read(text.with_suffix(".ipynb"), as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    assert any(output for cell in notebook.cells for output in cell.get("outputs", []))
