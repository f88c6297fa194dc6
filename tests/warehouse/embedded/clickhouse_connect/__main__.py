"""`python -m tests.warehouse.embedded.clickhouse_connect <checkout>`: runs the suite of a checkout of the client's
repository, with the client that everything of ours is locked to, against a server over a fresh directory."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from tests.engine import start_warehouse
from tests.warehouse.embedded.clickhouse_connect.outcomes import Outcome, expectations, outcome_of, told

PYTHON = Path(__file__).parents[4] / ".venv" / "clickhouse-connect" / "bin" / "python"
SUITE = "tests/integration_tests"


def main(arguments: list[str]) -> int:
    """Returns the exit code: 0 if enough passes and every failure is explained."""
    if len(arguments) != 1 or not (Path(arguments[0]) / SUITE).is_dir():
        sys.stderr.write(
            "usage: make test-clickhouse-connect CHECKOUT=<a checkout of github.com/ClickHouse/clickhouse-connect,"
            " at the tag of the locked version>\n"
        )
        return 2
    expected = expectations()
    names = [name for entry in expected["left_out"] for name in entry.tests]
    with tempfile.TemporaryDirectory() as scratch:
        copied = _copy(Path(arguments[0]), Path(scratch))
        _say(f"client {_client_version()}, suite {_commit(Path(arguments[0]))}")
        left_out = _count(copied, names)
        outcome = _run(copied, names)
    lines, as_expected = told(outcome, left_out, expected["explained"])
    _say("\n".join(lines))
    return 0 if as_expected else 1


def _copy(checkout: Path, scratch: Path) -> Path:
    """The tests alone: beside the client's sources they would import those and not the client that is installed."""
    shutil.copytree(checkout / "tests", scratch / "suite" / "tests")
    shutil.copy(checkout / "pyproject.toml", scratch / "suite")
    return scratch / "suite"


def _run(copied: Path, left_out: list[str]) -> Outcome:
    server = start_warehouse(copied.parent / "data", migrated=False)
    url = urlsplit(server.writer_url)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("WEIR_", "PYTEST_"))},
        "CLICKHOUSE_CONNECT_TEST_HOST": str(url.hostname),
        "CLICKHOUSE_CONNECT_TEST_PORT": str(url.port),
        "CLICKHOUSE_CONNECT_TEST_USER": str(url.username),
        "CLICKHOUSE_CONNECT_TEST_PASSWORD": str(url.password),
    }
    report = copied.parent / "report.xml"
    without = [f"--{'deselect' if '::' in name else 'ignore'}={SUITE}/{name}" for name in left_out]
    command = [*_pytest("-q", "-n", "2", "--timeout=600", f"--junitxml={report}"), *without, SUITE]
    try:
        subprocess.run(command, cwd=copied, env=environment, check=False)
        return outcome_of(report.read_text(encoding="utf-8"))
    finally:
        server.stop()


def _count(copied: Path, names: list[str]) -> int:
    command = _pytest("-q", "--collect-only", *(f"{SUITE}/{name}" for name in names))
    collected = subprocess.run(command, cwd=copied, capture_output=True, text=True, check=True).stdout
    return sum("::" in line for line in collected.splitlines())


def _pytest(*arguments: str) -> list[str]:
    return [str(PYTHON), "-m", "pytest", "-o", "addopts=", "-o", "log_cli=false", "-p", "no:cacheprovider", *arguments]


def _client_version() -> str:
    ask = "import importlib.metadata as m; print(m.version('clickhouse-connect'))"
    return subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()


def _commit(checkout: Path) -> str:
    command = ["git", "-C", str(checkout), "describe", "--tags", "--always"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "of no known commit"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
