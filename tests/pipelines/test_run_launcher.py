"""A run whose process is gone is told from one that goes on."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import grpc
import pytest
from dagster._core.launcher import WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._grpc.__generated__ import dagster_api_pb2, dagster_api_pb2_grpc
from dagster._grpc.types import GetCurrentRunsResult
from dagster._serdes import serialize_value

from pipelines.run_launcher import AskingRunLauncher
from weir.dagster_home import INSTANCE


class CodeServer(dagster_api_pb2_grpc.DagsterApiServicer):
    """Has one run."""

    def GetCurrentRuns(self, request, context):
        return dagster_api_pb2.GetCurrentRunsReply(
            serialized_current_runs=serialize_value(
                GetCurrentRunsResult(current_runs=["alive"], serializable_error_info=None)
            )
        )


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadPoolExecutor(1) as threads:
        server = grpc.server(threads)
        dagster_api_pb2_grpc.add_DagsterApiServicer_to_server(CodeServer(), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield port
        server.stop(None).wait()


def health(port: int, run_id: str) -> WorkerStatus:
    tags = {GRPC_INFO_TAG: json.dumps({"host": "127.0.0.1", "port": port})}
    return AskingRunLauncher().check_run_worker_health(dg.DagsterRun("reprice", run_id=run_id, tags=tags)).status


@pytest.mark.parametrize(("run_id", "status"), [("alive", WorkerStatus.RUNNING), ("gone", WorkerStatus.FAILED)])
def test_the_code_server_says_which_runs_it_has(port: int, run_id: str, status: WorkerStatus):
    assert health(port, run_id) is status


def test_runs_are_not_given_up_while_their_code_server_is_away():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        assert health(nobody.getsockname()[1], "alive") is WorkerStatus.RUNNING


def test_the_instance_asks(tmp_path: Path):
    (tmp_path / "dagster.yaml").write_text(INSTANCE)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert instance.run_monitoring_enabled
        assert instance.run_launcher.supports_check_run_worker_health
