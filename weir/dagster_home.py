"""The directory Dagster keeps its state in on this machine: SQLite, in the data directory.

The same for production is in `deploy/dagster/`.
"""

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

# Continuous loading makes a tick a minute: without this the instance grows for ever.
retention:
  schedule:
    purge_after_days: 7
  sensor:
    purge_after_days:
      skipped: 1
      failure: 7
      success: 1

telemetry:
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
    """Writes Dagster's two files and makes its databases; history that is there is kept."""
    instance.dagster_home.mkdir(parents=True, exist_ok=True)
    (instance.dagster_home / "dagster.yaml").write_text(INSTANCE)
    workspace = WORKSPACE.format(port=instance.settings.dagster_code_port)
    (instance.dagster_home / "workspace.yaml").write_text(workspace)
    if not (instance.dagster_home / "history").exists():
        # Webserver and daemon would both make them at once, and one would fail. Dagster takes seconds to import.
        from dagster import DagsterInstance

        with DagsterInstance.from_config(str(instance.dagster_home)) as dagster:
            dagster.get_runs(limit=1)
