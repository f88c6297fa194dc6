"""The documents of the repository are true."""

import re
from pathlib import Path

import pytest

from weir import env_example

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_example_environment_lists_every_setting_with_its_default():
    assert (ROOT / ".env.example").read_text() == env_example.render(), "run `make env` and read the difference"


def test_every_setting_says_what_it_means():
    lines = env_example.render().splitlines()
    settings = [at for at, line in enumerate(lines) if line.startswith("# WEIR_")]
    assert [lines[at] for at in settings if not re.match(r"# \S", lines[at - 1])] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document: Path):
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", document.read_text()):
        assert (document.parent / target).exists(), f"{document.name} links to {target}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_a_document_names_exist(document: Path):
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|toml|md|yml))`", document.read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_tests_that_the_fault_table_names_exist():
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "faults.md").read_text()))
    sources = (path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    assert named - set(re.findall(r"def (test_\w+)\(", "\n".join(sources))) == set()
    assert len(named) > 30


def test_the_commands_of_the_readme_exist():
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert set(re.findall(r"^make ([a-z]+)", (ROOT / "README.md").read_text(), flags=re.MULTILINE)) <= targets


def test_nothing_in_the_repository_names_a_machine_or_an_index():
    forbidden = re.compile(r"/root/|/work/|/home/[a-z]|files\.pythonhosted|--index-url|--find-links")
    for path in (ROOT / "requirements").glob("*.lock"):
        assert not forbidden.search(path.read_text()), path.name
