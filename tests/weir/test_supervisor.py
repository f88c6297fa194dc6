import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.conftest import free_ports
from weir.supervisor import Service, StartFailed, Supervisor

SERVE = """
import http.server, subprocess, sys
if sys.argv[2:]:
    child = subprocess.Popen(["sleep", "60"])
    open(sys.argv[2], "w").write(str(child.pid))
print("serving", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""


def web_service(port: int, *arguments: str) -> Service:
    return Service("web", (sys.executable, "-c", SERVE, str(port), *arguments), f"http://127.0.0.1:{port}/")


@pytest.fixture
async def lines():
    return []


@pytest.fixture
async def supervisor(tmp_path: Path, lines: list[tuple[str, str]]):
    supervisor = Supervisor(tmp_path / "logs", lambda service, text: lines.append((service, text)))
    yield supervisor
    await supervisor.stop()


async def until(condition) -> None:
    while not condition():  # noqa: ASYNC110 - what we wait for happens in another process
        await asyncio.sleep(0.05)


async def test_a_started_service_is_ready_and_its_output_is_kept(supervisor, lines, tmp_path):
    (port,) = free_ports(1)
    await supervisor.start(web_service(port))
    await until(lambda: ("web", "serving") in lines)
    assert (tmp_path / "logs" / "web.log").read_text().startswith("serving")


async def test_a_service_that_ends_before_it_is_ready_fails_with_its_last_words(supervisor):
    command = (sys.executable, "-c", "print('no such database'); raise SystemExit(3)")
    with pytest.raises(StartFailed, match=r"(?s)code 3.*no such database"):
        await supervisor.start(Service("sick", command, "http://127.0.0.1:9/"))


async def test_a_service_that_never_answers_fails_and_is_ended(supervisor):
    command = (sys.executable, "-c", "import time; time.sleep(60)")
    with pytest.raises(StartFailed, match=r"(?s)runs, but was not ready after.*start again.*    none"):
        await supervisor.start(Service("slow", command, "tcp://127.0.0.1:9", ready_seconds=0.5))


async def test_a_service_is_started_after_the_one_it_asks(supervisor, lines):
    (port,) = free_ports(1)
    ask = f"import urllib.request as r; print(r.urlopen('http://127.0.0.1:{port}/').status, flush=True)"
    asking = Service("asking", (sys.executable, "-c", ask), None, after="web")
    await asyncio.gather(supervisor.start(asking), supervisor.start(web_service(port)))
    await until(lambda: ("asking", "200") in lines)


async def test_a_service_that_dies_is_started_again(supervisor, lines):
    (port,) = free_ports(1)
    await supervisor.start(web_service(port))
    first = supervisor._running["web"].process.pid
    os.kill(first, signal.SIGKILL)
    await until(lambda: supervisor._running["web"].process.pid != first)
    await until(lambda: lines.count(("web", "serving")) == 2)
    assert any("starting again" in text for _, text in lines)


async def test_stopping_ends_a_service_and_its_children(supervisor, tmp_path):
    (port,) = free_ports(1)
    note = tmp_path / "child"
    await supervisor.start(web_service(port, str(note)))
    child = int(note.read_text())
    await supervisor.stop()
    await until(lambda: not is_alive(child))


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
