"""A real S3 service on this machine: Ceph's object gateway with one monitor and one disk that is a file.

Needs root and Debian's packages `radosgw ceph-mon ceph-osd`; neither systemd nor any configuration of the system is
touched. Everything lies in a temporary directory and listens on loopback.
"""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen
from uuid import uuid4

from weir.supervisor import die_with_parent

DOMAIN = "s3.weir.test"
"""Buckets are also reached as `<bucket>.s3.weir.test`, by those who find an address for it."""

_START_SECONDS = 60
_CONFIGURATION = """
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{monitor_port}/0]
public addr = 127.0.0.1
run dir = {directory}
admin socket =
log file = {directory}/$name.log
keyring = {directory}/keyring
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon data avail crit = 1
mon data = {directory}/monitor
osd data = {directory}/disk
osd objectstore = bluestore
bluestore block size = 2147483648
rgw data = {directory}
rgw dns name = {domain}
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw thread pool size = 64
rgw enable usage log = false
"""
_KEYS = {
    "mon.": ("--cap", "mon", "allow *"),
    "osd.0": ("--cap", "mon", "allow profile osd", "--cap", "osd", "allow *"),
    "client.admin": ("--cap", "mon", "allow *", "--cap", "osd", "allow *"),
    "client.rgw": ("--cap", "mon", "allow *", "--cap", "osd", "allow *"),
}


@dataclass(frozen=True)
class Radosgw:
    """A running service."""

    endpoint: str
    port: int
    access_key: str
    secret_key: str


@contextmanager
def running(directory: Path) -> Iterator[Radosgw]:
    """Serves S3 from a directory for as long as the block lasts."""
    port = _free_port()
    service = Radosgw(f"http://127.0.0.1:{port}", port, access_key="weir", secret_key=uuid4().hex)
    fsid, disk = str(uuid4()), str(uuid4())
    monitor_port = _free_port()
    configuration = directory / "ceph.conf"
    configuration.write_text(
        _CONFIGURATION.format(fsid=fsid, directory=directory, monitor_port=monitor_port, port=port, domain=DOMAIN)
    )
    (directory / "monitor").mkdir()
    (directory / "disk").mkdir()

    def run(*command: str) -> None:
        with_configuration = [command[0], "--conf", str(configuration), *command[1:]]
        subprocess.run(with_configuration, check=True, capture_output=True, timeout=_START_SECONDS)

    keyring = directory / "keyring"
    for name, rights in _KEYS.items():
        added = () if keyring.exists() else ("--create-keyring",)
        run("ceph-authtool", *added, str(keyring), "--gen-key", "-n", name, *rights)

    with ExitStack() as processes:

        def start(*command: str) -> None:
            with_configuration = [command[0], "--conf", str(configuration), "-f", *command[1:]]
            processes.enter_context(_process(with_configuration, directory / f"{command[0]}.out"))

        map_file = str(directory / "monmap")
        run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v2:127.0.0.1:{monitor_port}]", map_file)
        run("ceph-mon", "--mkfs", "-i", "a", "--monmap", map_file, "--keyring", str(keyring))
        start("ceph-mon", "-i", "a")
        run("ceph", "osd", "new", disk)
        run("ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", disk)
        start("ceph-osd", "-i", "0")
        run(
            *("radosgw-admin", "user", "create", "--uid", "weir", "--display-name", "weir"),
            *("--access-key", service.access_key, "--secret-key", service.secret_key),
        )
        start("radosgw", "-n", "client.rgw")
        _await_answer(service.endpoint)
        yield service


@contextmanager
def _process(command: list[str], output: Path) -> Iterator[None]:
    with output.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, preexec_fn=die_with_parent)
        try:
            yield
        finally:
            # There is nothing to save: the directory goes with the processes.
            process.kill()
            process.wait()


def _await_answer(endpoint: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            urlopen(endpoint, timeout=5).close()
            return
        except HTTPError:
            return
        except (URLError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
