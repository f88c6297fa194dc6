"""Launches runs in the code server, as Dagster does by default, and can tell whether a run still has a process.

The code server reports runs whose process died. If it dies itself, nobody reports those that it had: they would count
as going on for ever, and the runs behind them would wait for ever. So the daemon asks, by `run_monitoring` in
`dagster.yaml`, and a run that the code server does not know any more is reported failed, and launched again if it may
be. Should its process live on without its server, the leases of days keep the two apart.
"""

import json
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._grpc.client import DagsterGrpcClient
from dagster._grpc.types import GetCurrentRunsResult
from dagster._serdes import deserialize_value


class AskingRunLauncher(dg.DefaultRunLauncher):
    """The default launcher, which asks the code server for the runs that it has."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        server: dict[str, Any] = json.loads(run.tags[GRPC_INFO_TAG])
        try:
            current = deserialize_value(DagsterGrpcClient(**server).get_current_runs(), GetCurrentRunsResult)
        except DagsterUserCodeUnreachableError as error:
            # It is asked when it is back; what it ran may go on meanwhile.
            return CheckRunHealthResult(WorkerStatus.RUNNING, str(error))
        if run.run_id in current.current_runs:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, "its code server was started anew and does not have it")
