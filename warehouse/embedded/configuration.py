"""Writes the engine's configuration into the data directory: memory, quiet background work, roles and row filters.

The embedded engine has one user, `default`. What tells a writer from a reader is set on each connection: its role,
and its mark in the setting `log_comment`, which the row filters below compare (`identity.py`).
"""

from pathlib import Path
from xml.sax.saxutils import escape

from warehouse.tables import PRIVATE_TABLES, TABLES

DATABASE = "weir"

READABLE_TABLES = tuple(table.name for table in TABLES if table.name not in PRIVATE_TABLES)

IS_WRITER = "startsWith(getSetting('log_comment'), 'writer ')"
OWN_ROWS = f"{IS_WRITER} or organization_id = toUUIDOrNull(substring(getSetting('log_comment'), 1, 36))"
"""A mark that begins with no UUID compares with NULL and shows no row."""

HIDDEN_SYSTEM_TABLES = (
    "asynchronous_inserts",
    "asynchronous_loader",
    "background_schedule_pool",
    "backups",
    "data_skipping_indices",
    "detached_parts",
    "detached_tables",
    "dictionaries",
    "dimensional_metrics",
    "disks",
    "distribution_queue",
    "dns_cache",
    "dropped_tables",
    "dropped_tables_parts",
    "errors",
    "events",
    "filesystem_cache",
    "histogram_metrics",
    "iceberg_files",
    "iceberg_history",
    "jemalloc_arena_bins",
    "jemalloc_bins",
    "jemalloc_stats",
    "merges",
    "metrics",
    "moves",
    "mutations",
    "named_collections",
    "parts",
    "parts_columns",
    "processes",
    "projection_parts",
    "projection_parts_columns",
    "query_cache",
    "query_condition_cache",
    "remote_data_paths",
    "schema_inference_cache",
    "server_settings",
    "session_query_ids",
    "stack_trace",
    "statements",
    "storage_policies",
    "user_directories",
    "user_processes",
    "user_query_log",
    "warnings",
)
"""What the engine tells about its files, its work and other people's queries."""


def write_configuration(directory: Path, memory_bytes: int, keep_free_bytes: int = 0) -> Path:
    """Writes the engine's two files, readable by their owner only, and returns the path of the main one."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    users = directory / "users.xml"
    _write(users, _users())
    engine = directory / "engine.xml"
    _write(engine, _engine(users, memory_bytes, keep_free_bytes))
    return engine


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _engine(users: Path, memory_bytes: int, keep_free_bytes: int) -> str:
    # No log table is named here, so the engine keeps none.
    return f"""<clickhouse>
    <user_directories><users_xml><path>{escape(str(users))}</path></users_xml></user_directories>
    <timezone>UTC</timezone>
    <max_server_memory_usage>{memory_bytes}</max_server_memory_usage>
    <mark_cache_size>{memory_bytes // 32}</mark_cache_size>
    <uncompressed_cache_size>0</uncompressed_cache_size>
    <memory_worker_period_ms>1000</memory_worker_period_ms>
    <background_pool_size>2</background_pool_size>
    <background_schedule_pool_size>2</background_schedule_pool_size>
    <database_atomic_delay_before_drop_table_sec>5</database_atomic_delay_before_drop_table_sec>
    <merge_tree>
        <min_free_disk_bytes_to_perform_insert>{keep_free_bytes}</min_free_disk_bytes_to_perform_insert>
        <cleanup_delay_period>5</cleanup_delay_period>
        <cleanup_delay_period_random_add>1</cleanup_delay_period_random_add>
        <max_cleanup_delay_period>10</max_cleanup_delay_period>
        <finished_mutations_to_keep>1</finished_mutations_to_keep>
    </merge_tree>
    <asynchronous_metrics_update_period_s>60</asynchronous_metrics_update_period_s>
    <asynchronous_heavy_metrics_update_period_s>600</asynchronous_heavy_metrics_update_period_s>
</clickhouse>
"""


def _users() -> str:
    grants = "\n".join(f"            <query>GRANT SELECT ON {DATABASE}.{table}</query>" for table in READABLE_TABLES)
    return f"""<clickhouse>
    <profiles><default/></profiles>
    <quotas><default/></quotas>
    <roles>
        <writer><grants><query>GRANT ALL ON *.* WITH GRANT OPTION</query></grants></writer>
        <reader><grants>
{grants}
        </grants></reader>
    </roles>
    <users><default>
        <password/>
        <networks><ip>127.0.0.1</ip><ip>::1</ip></networks>
        <profile>default</profile>
        <quota>default</quota>
        <grants><query>GRANT writer, reader</query></grants>
        <databases>
            <{DATABASE}>{_filters(READABLE_TABLES, OWN_ROWS)}</{DATABASE}>
            <system>{_filters(HIDDEN_SYSTEM_TABLES, IS_WRITER)}</system>
        </databases>
    </default></users>
</clickhouse>
"""


def _filters(tables: tuple[str, ...], condition: str) -> str:
    return "".join(f"<{table}><filter>{escape(condition)}</filter></{table}>" for table in tables)
