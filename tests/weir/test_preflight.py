import socket
from pathlib import Path

import pytest

from tests.conftest import free_ports
from weir import preflight


def test_a_busy_port_is_named_with_the_variable_that_moves_it():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(preflight.NotReady, match=rf"{taken} \(WEIR_API_PORT\)(?s:.*)WEIR_API_PORT=\d+ weir up"):
            preflight.check_ports([preflight.Port(taken, "WEIR_API_PORT", "127.0.0.1")])


def test_free_ports_pass():
    preflight.check_ports([preflight.Port(port, "WEIR_API_PORT", "127.0.0.1") for port in free_ports(2)])


def test_a_second_start_on_the_same_data_is_refused_until_the_first_ends(tmp_path: Path):
    with preflight.lock(tmp_path), pytest.raises(preflight.NotReady, match="already running"), preflight.lock(tmp_path):
        pytest.fail("two processes held one directory")
    with preflight.lock(tmp_path):
        pass


def test_too_little_disk_is_refused(tmp_path: Path):
    with pytest.raises(preflight.NotReady, match=r"GB free(?s:.*)WEIR_DATA_DIR"):
        preflight.check_disk(tmp_path, min_free_bytes=1 << 60)


def test_a_directory_that_cannot_be_written_is_refused(tmp_path: Path):
    not_a_directory = tmp_path / "file"
    not_a_directory.touch()
    with pytest.raises(preflight.NotReady, match="cannot write"):
        preflight.check_disk(not_a_directory)
