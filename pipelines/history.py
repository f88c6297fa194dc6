"""Keeps Dagster's own history bounded: old runs, events and answers of checks go, the newest of each kind stays.

Dagster purges ticks by itself (`retention` in its `dagster.yaml`) and nothing else. What the pages show of an asset is
its newest event for each partition, so those are kept however old they are; `DagsterInstance.delete_run` would take
them along with their run, and no public call removes events that belong to no run, which loading makes all day.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import sqlalchemy as sa
from dagster._core.storage.event_log import SqlEventLogStorage, SqliteEventLogStorage
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    SqlEventLogStorageTable,
)

_FINISHED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
_RUNS_AT_ONCE = 100
_RUNLESS = ""
"""The run that events have which belong to none; on SQLite it has a database of its own, like every run."""

_events = SqlEventLogStorageTable.c
_checks = AssetCheckExecutionsTable.c


@dataclass(frozen=True)
class Pruned:
    """How much was removed."""

    runs: int = 0
    events: int = 0
    checks: int = 0


def prune(instance: dg.DagsterInstance, before: datetime) -> Pruned:
    """Removes what is older than that from the instance's storage; does nothing to one that is no SQL database."""
    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        return Pruned()
    runs = _prune_runs(instance, storage, before)
    with storage.index_connection() as connection:
        events = _delete(connection, SqlEventLogStorageTable, _is_old_event(before))
        events_left = sa.select(_events.id)
        _delete(connection, AssetEventTagsTable, AssetEventTagsTable.c.event_id.not_in(events_left))
        checks = _delete(connection, AssetCheckExecutionsTable, _is_old_check(before))
    if isinstance(storage, SqliteEventLogStorage):
        with storage.run_connection(_RUNLESS) as connection:
            # Copies: what is asked of assets is asked of the index.
            _delete(connection, SqlEventLogStorageTable, _events.timestamp < _naive(before))
    return Pruned(runs, events, checks)


def _prune_runs(instance: dg.DagsterInstance, storage: SqlEventLogStorage, before: datetime) -> int:
    count = 0
    while found := instance.get_run_records(
        dg.RunsFilter(statuses=list(_FINISHED), created_before=before), limit=_RUNS_AT_ONCE, ascending=True
    ):
        for record in found:
            run_id = record.dagster_run.run_id
            instance.run_storage.delete_run(run_id)
            instance.compute_log_manager.delete_logs(prefix=[run_id])
            if isinstance(storage, SqliteEventLogStorage):
                _remove_files(Path(storage.path_for_shard(run_id)), Path(instance.storage_directory()) / run_id)
        count += len(found)
    return count


def _remove_files(shard: Path, outputs: Path) -> None:
    """Removes a run's database and whatever its steps left on disk."""
    for file in shard.parent.glob(f"{shard.name}*"):
        file.unlink(missing_ok=True)
    shutil.rmtree(outputs, ignore_errors=True)


def _is_old_event(before: datetime) -> sa.ColumnElement[bool]:
    newest = _newest(_events.id, [_events.asset_key, _events.partition, _events.dagster_event_type])
    return (_events.timestamp < _naive(before)) & _events.id.not_in(newest.where(_events.asset_key.is_not(None)))


def _is_old_check(before: datetime) -> sa.ColumnElement[bool]:
    newest = _newest(_checks.id, [_checks.asset_key, _checks.check_name])
    return (_checks.create_timestamp < _naive(before)) & _checks.id.not_in(newest)


def _newest(id: sa.ColumnElement[int], of_each: Sequence[sa.ColumnElement[str]]) -> sa.Select[int]:
    return sa.select(sa.func.max(id)).group_by(*of_each)


def _delete(connection: sa.Connection, table: sa.Table, where: sa.ColumnElement[bool]) -> int:
    return connection.execute(table.delete().where(where)).rowcount


def _naive(moment: datetime) -> datetime:
    """As Dagster keeps times: UTC without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None)
