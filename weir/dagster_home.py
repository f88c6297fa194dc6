"""The directory Dagster keeps its state in on this machine: SQLite, in the data directory.

The same for production is in `deploy/dagster/`.
"""

import shutil
from pathlib import Path

from weir.instance import Instance

INSTANCE = """\
# Written by `weir up` at every start.
sensors:
  use_threads: true
  num_workers: 2

schedules:
  use_threads: true
  num_workers: 1

# Backfills wait for one another; loading goes on beside them, in the sensor.
concurrency:
  runs:
    max_concurrent_runs: 1

# Runs whose code server died are noticed within half a minute, and do not keep others waiting.
run_launcher:
  module: pipelines.run_launcher
  class: AskingRunLauncher

run_monitoring:
  enabled: true
  poll_interval_seconds: 30

# Continuous loading makes a tick a minute: without this the instance grows for ever.
retention:
  schedule:
    purge_after_days: 7
  sensor:
    purge_after_days:
      skipped: 1
      failure: 7
      success: 1

# Backfills whose process was killed are launched again; they go on where they were.
run_retries:
  enabled: true
  retry_on_asset_or_op_failure: false

telemetry:
  enabled: false

nux:
  enabled: false
"""

WORKSPACE = """\
# Written by `weir up` at every start.
load_from:
  - grpc_server:
      host: 127.0.0.1
      port: {port}
      location_name: pipelines
"""


def write_dagster_home(instance: Instance) -> None:
    """Makes the directory with Dagster's databases if it is not there, and writes Dagster's two files into it."""
    home = instance.dagster_home
    if not home.exists():
        _make_databases(home)
    (home / "dagster.yaml").write_text(INSTANCE)
    (home / "workspace.yaml").write_text(WORKSPACE.format(port=instance.settings.dagster_code_port))


def _make_databases(home: Path) -> None:
    """Makes them before Dagster's processes start: they would all make them at once, and one would fail.

    They are made aside, so that a start that is killed here leaves nothing half done.
    """
    from dagster import DagsterInstance  # takes seconds, and only the first start needs it

    partial = home.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    (partial / "dagster.yaml").write_text(INSTANCE)
    with DagsterInstance.from_config(str(partial)) as dagster:
        dagster.get_runs(limit=1)
    partial.rename(home)
