"""Fixtures that start real processes, shared by the tests of several packages."""

import functools
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx._transports.default
import httpx2._transports.default
import pytest
from xdist.scheduler import LoadScopeScheduling

from weir.supervisor import die_with_parent

for _transports in (httpx._transports.default, httpx2._transports.default):
    # Reading all the world's certificates takes 20 ms of a client's making, and hundreds of tests make one each.
    _transports.create_ssl_context = functools.cache(_transports.create_ssl_context)


_OF_THE_STACK = ("tests/stack/", "tests/app/test_browser.py", "tests/notebooks/test_notebooks.py")
"""Where the tests are that need the whole product."""


class _OneStack(LoadScopeScheduling):
    """Has one worker run all tests that need the whole product, so that it is started once.

    The mark `xdist_group` is for this, but xdist 3.8 writes it where pytest 9.2 does not look any more.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "stack" if nodeid.startswith(_OF_THE_STACK) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _OneStack:
    # The largest group is begun with.
    return _OneStack(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(item.get_closest_marker(name) for name in ("stack", "browser")):
            assert item.nodeid.startswith(_OF_THE_STACK), f"{item.nodeid} would start the whole product once more"
            item.add_marker(pytest.mark.timeout(300))


@dataclass(frozen=True)
class RunningStack:
    """An instance started by `weir up --demo` on ports of its own."""

    data_dir: Path
    environment: dict[str, str]
    gateway_url: str
    api_url: str
    app_url: str
    dagster_url: str
    upstream_url: str
    email: str
    password: str
    gateway_key: str
    query_key: str
    output: str
    """What `weir up` printed until everything was up."""

    def pid(self, service: str) -> int:
        return int((self.data_dir / "logs" / f"{service}.pid").read_text())


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on now; all are held at once so that no two are equal."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def stack_environment(data_dir: Path) -> dict[str, str]:
    names = ("GATEWAY", "API", "APP", "DAGSTER", "DAGSTER_CODE", "WAREHOUSE", "UPSTREAM")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    upstream = f"http://127.0.0.1:{ports['UPSTREAM']}"
    return {f"WEIR_{name}_PORT": str(port) for name, port in ports.items()} | {
        "WEIR_DATA_DIR": str(data_dir),
        "WEIR_INIT_USER_EMAIL": "ada@example.com",
        "WEIR_INIT_USER_PASSWORD": "correct horse battery",
        "WEIR_INIT_GATEWAY_KEY": f"sk-weir-{secrets.token_urlsafe(32)}",
        "WEIR_INIT_QUERY_KEY": f"sk-weir-{secrets.token_urlsafe(32)}",
        "WEIR_UPSTREAMS": json.dumps({"openai": f"{upstream}/openai/v1", "anthropic": f"{upstream}/anthropic"}),
    }


@pytest.fixture(scope="session")
def running_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The whole product on embedded defaults with demo data, as `make up` starts it."""
    directory = tmp_path_factory.mktemp("stack")
    environment = stack_environment(directory / "data")
    log = directory / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "weir.cli", "up", "--demo"],
            env={**os.environ, **environment},
            cwd=directory,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent if sys.platform == "linux" else None,
        )
        try:
            deadline = time.monotonic() + 600
            while "Ctrl-C stops everything" not in log.read_text():
                if process.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"weir up did not come up:\n{log.read_text()}")
                time.sleep(0.2)
            port = {name: environment[f"WEIR_{name}_PORT"] for name in ("GATEWAY", "API", "APP", "DAGSTER", "UPSTREAM")}
            yield RunningStack(
                data_dir=directory / "data",
                environment=environment,
                gateway_url=f"http://127.0.0.1:{port['GATEWAY']}",
                api_url=f"http://127.0.0.1:{port['API']}",
                app_url=f"http://127.0.0.1:{port['APP']}",
                dagster_url=f"http://127.0.0.1:{port['DAGSTER']}",
                upstream_url=f"http://127.0.0.1:{port['UPSTREAM']}",
                email=environment["WEIR_INIT_USER_EMAIL"],
                password=environment["WEIR_INIT_USER_PASSWORD"],
                gateway_key=environment["WEIR_INIT_GATEWAY_KEY"],
                query_key=environment["WEIR_INIT_QUERY_KEY"],
                output=log.read_text(),
            )
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
