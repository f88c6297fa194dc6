"""`weir doctor`: examines an instance from outside and says what is wrong and what helps.

Every check returns what it saw or raises `Problem`; a check never changes anything but its own probe objects.
"""

import importlib.metadata
import logging
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from rich.console import Console
from rich.text import Text

from control.database import is_ready
from warehouse.clickhouse import QueryRefused, WarehouseUnavailable, connect_reader, connect_writer
from warehouse.object_store import open_object_store
from warehouse.settings import BUCKETS
from weir import preflight
from weir.instance import Instance

MAX_CLOCK_SKEW_SECONDS = 2
NOBODY = UUID(int=0)
"""An organization that cannot exist: whoever reads as it must see nothing."""


class Problem(Exception):
    """Something is wrong; the text says what, and what helps."""


def examine(instance: Instance, console: Console) -> int:
    """Prints one line per check and returns how many found a problem."""
    # The warehouse's client tells of a failed connection in its log too, in words of its own.
    logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)
    problems = 0
    for name, check in CHECKS:
        try:
            mark, words = Text("✓ ", "green"), check(instance)
        except Exception as error:  # noqa: BLE001 - a check that breaks is a finding too
            problems += 1
            mark, words = Text("✗ ", "red"), _explained(error, instance)
        console.print(Text.assemble(mark, f"{name:<26}", words), soft_wrap=True)
    console.print("\nNothing is wrong." if not problems else f"\n{problems} of {len(CHECKS)} checks found a problem.")
    return problems


def _explained(error: Exception, instance: Instance) -> str:
    if isinstance(error, Problem):
        return str(error)
    if isinstance(error, WarehouseUnavailable):
        address = urlsplit(instance.warehouse_url).netloc.rpartition("@")[2]
        return f"the warehouse at {address} does not answer; start it with weir up, or see WEIR_WAREHOUSE_URL"
    return f"{type(error).__name__}: {error}"


def _python(instance: Instance) -> str:
    try:
        preflight.check_python()
    except preflight.NotReady as error:
        raise Problem(str(error)) from error
    versions = {name: importlib.metadata.version(name) for name in ("weir", "fastapi", "polars", "dagster", "sqlglot")}
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _disk(instance: Instance) -> str:
    try:
        preflight.check_disk(instance.data_dir)
    except preflight.NotReady as error:
        raise Problem(str(error)) from error
    return f"{shutil.disk_usage(instance.data_dir).free / 1e9:.0f} GB free at {instance.data_dir}"


def _secrets(instance: Instance) -> str:
    path = instance.data_dir / "secrets.json"
    if path.stat().st_mode & 0o077:
        raise Problem(f"{path} can be read by others; run: chmod 600 {path}")
    return "readable by their owner alone"


def _database(instance: Instance) -> str:
    with instance.database() as engine:
        if not is_ready(engine):
            raise Problem("the application database has no tables; run: weir migrate")
        return f"{engine.dialect.name} answers"


def _warehouse(instance: Instance) -> str:
    client = connect_writer(instance.warehouse_url)
    version, now = client.query("select version(), toUnixTimestamp64Milli(now64(3))").result_rows[0]
    skew = abs(now / 1000 - time.time())
    if skew > MAX_CLOCK_SKEW_SECONDS:
        raise Problem(f"its clock is {skew:.1f} s away from ours; set both by NTP, or lags and leases go wrong")
    return f"ClickHouse {version} answers, clocks agree"


def _freshness(instance: Instance) -> str:
    client = connect_writer(instance.warehouse_url)
    count, loaded_at = client.query("select count(), max(loaded_at) from weir.requests").result_rows[0]
    if not count:
        return "no request was ever loaded"
    age = (datetime.now(UTC) - loaded_at.replace(tzinfo=UTC)).total_seconds()
    return f"{count:,} requests, the last loaded {timedelta(seconds=round(age))} ago"


def _wall(instance: Instance) -> str:
    """Reads as an organization that does not exist: a single row would be a foreign one."""
    client = connect_reader(instance.warehouse_reader_url, NOBODY)
    for query in ("select count() from weir.requests", "select count() from merge('weir', '^requests$')"):
        try:
            seen = client.query(query).result_rows[0][0]
        except QueryRefused:  # as good as empty
            continue
        if seen:
            raise Problem(
                f"the reader identity sees {seen} rows of other organizations; stop the api and check the "
                "row policies of the warehouse's reader"
            )
    return "a read across organizations fails"


def _object_store(instance: Instance) -> str:
    key, data = f"doctor/{time.time_ns()}", b"weir"
    for bucket in BUCKETS:
        store = open_object_store(instance.object_store_url, bucket)
        store.put(key, data)
        try:
            if store.get_range(key, 1, 2) != data[1:3]:
                raise Problem(f"bucket {bucket} does not return what was put into it")
            if store.put_if_absent(key, b"other"):
                raise Problem(
                    f"bucket {bucket} ignores If-None-Match, which exactly-once loading needs; use another store"
                )
        finally:
            store.delete(key)
    return f"{len(BUCKETS)} buckets, conditional writes hold"


def _answers(name: str, port: Callable[[Instance], int], path: str) -> Callable[[Instance], str]:
    def check(instance: Instance) -> str:
        url = f"http://127.0.0.1:{port(instance)}{path}"
        try:
            answer = httpx.get(url, timeout=5, trust_env=False)
        except httpx.HTTPError as error:
            raise Problem(f"nothing answers at {url}; start it with: weir up") from error
        if answer.status_code != 200:
            raise Problem(f"{url} answers {answer.status_code}: {answer.text[:300]}; see {instance.log_dir}/{name}.log")
        return f"answers on port {port(instance)}"

    return check


CHECKS: tuple[tuple[str, Callable[[Instance], str]], ...] = (
    ("Python and libraries", _python),
    ("disk", _disk),
    ("secrets", _secrets),
    ("application database", _database),
    ("warehouse", _warehouse),
    ("organizations kept apart", _wall),
    ("freshness", _freshness),
    ("object store", _object_store),
    ("gateway", _answers("gateway", lambda instance: instance.settings.gateway_port, "/readyz")),
    ("api", _answers("api", lambda instance: instance.settings.api_port, "/readyz")),
    ("dashboard", _answers("app", lambda instance: instance.settings.app_port, "/_stcore/health")),
    ("pipelines", _answers("dagster", lambda instance: instance.settings.dagster_port, "/server_info")),
)
"""In the order of a request's way: what stands below is examined first."""
