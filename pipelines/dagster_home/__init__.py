"""Prepares Dagster's home: its configuration, the workspace that names our code server, and its databases.

    python -m pipelines.dagster_home <directory> --code-port 3071

Daemon and webserver both create what is missing of the databases when they start, and two that do so at once leave
them broken; so they are created here before either starts. Importing this package loads no dagster.
"""

from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from string import Template


def write_dagster_home(
    directory: Path, *, code_port: int, code_host: str = "127.0.0.1", postgres_url_variable: str | None = None
) -> None:
    """Writes dagster.yaml and workspace.yaml.

    Runs and events are kept in SQLite in the directory, or in the PostgreSQL whose URL that environment variable holds.
    """
    directory.mkdir(parents=True, exist_ok=True)
    storage = _filled("postgres.yaml", variable=postgres_url_variable) if postgres_url_variable else ""
    (directory / "dagster.yaml").write_text(_filled("dagster.yaml") + storage, encoding="utf-8")
    workspace = _filled("workspace.yaml", host=code_host, port=str(code_port))
    (directory / "workspace.yaml").write_text(workspace, encoding="utf-8")


def create_storage(directory: Path) -> None:
    """Creates Dagster's databases, or brings them up to the installed version; quick where that was done before."""
    made_by = directory / "storage_of_dagster"
    known = made_by.read_text(encoding="utf-8") if made_by.exists() else None
    if known == version("dagster"):
        return
    from dagster import DagsterInstance

    with DagsterInstance.from_config(str(directory)) as instance:
        instance.get_runs_count()
        instance.all_instigator_state()
        if known is not None:
            instance.upgrade()
    made_by.write_text(version("dagster"), encoding="utf-8")


def _filled(template: str, **values: str) -> str:
    text = (files("pipelines.dagster_home") / template).read_text(encoding="utf-8")
    return Template(text).substitute(values)
