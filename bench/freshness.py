"""How long after a response is finished its row is visible, with the whole product running under steady traffic.

    python -m bench.freshness [--minutes 60] [--per-second 50]

Starts an instance of its own, calls its provider `demo` at a steady rate, streams and plain answers by turns, and
prints one table: what the rows say (`loaded_at` less `completed_at`), what the journal of segments says, and what
somebody saw who asked HQL past its cache a few times a second; the last is too high by up to a poll's pause. Then it
compares the calls that were answered with the rows there are, and says what each process cost. It leaves nothing
behind.
"""

import argparse
import asyncio
import statistics
import threading
import time
from dataclasses import dataclass, field
from uuid import UUID

import aiohttp
import httpx
from clickhouse_connect.driver.client import Client

from bench.stack import Stack, running
from warehouse.clickhouse import connect_writer

_POLL_SECONDS = 0.2
_PROBE_EVERY = 1.0
"""One call a second is watched for; the others are counted at the end."""
_CALLS_A_SESSION = 20
_PROBES = "freshness-probes"
_SETTLE_SECONDS = 120
_WARM_UP_SECONDS = 5
_PROMPT = "Explain, with an example from everyday life, how a river is measured. " * 40
"""About 3 KB, which is the median of what applications send."""


@dataclass
class Seen:
    """What the callers and the watcher noted; times in Unix seconds."""

    answered: set[UUID] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)
    finished: dict[str, float] = field(default_factory=dict)
    """When each probe was answered."""
    visible: dict[str, float] = field(default_factory=dict)
    """When HQL first told of it."""
    slowest_poll: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--per-second", type=float, default=50)
    options = parser.parse_args()
    with running() as stack:
        seen = Seen()
        asyncio.run(_traffic(stack, seen, options.per_second, _WARM_UP_SECONDS / 60))
        first_poll = _poll_once(stack, seen)
        _settle(stack, seen)
        seen.finished.clear()
        since = time.time()
        cpu, disk, began = stack.cpu_seconds(), stack.disk_mb(), time.monotonic()
        stopping = threading.Event()
        watcher = threading.Thread(target=_watch, args=(stack, seen, stopping))
        watcher.start()
        asyncio.run(_traffic(stack, seen, options.per_second, options.minutes))
        seconds = time.monotonic() - began
        cpu_after, disk_after = stack.cpu_seconds(), stack.disk_mb()
        _settle(stack, seen)
        stopping.set()
        watcher.join()
        client = connect_writer(stack.instance.warehouse_url)
        _print_freshness(client, seen, options.per_second, seconds, since)
        print(
            f"The slowest question to HQL took {seen.slowest_poll:.1f} s; the very first, before, {first_poll:.1f} s."
        )
        _print_costs(stack, seconds, cpu, cpu_after, disk, disk_after)
        client.close()


async def _traffic(stack: Stack, seen: Seen, per_second: float, minutes: float) -> None:
    """Begins calls at fixed moments, whatever became of those before."""
    timeout, connector = aiohttp.ClientTimeout(total=120), aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as client, asyncio.TaskGroup() as calls:
        began = time.monotonic()
        last_probe = began - _PROBE_EVERY
        for number in range(int(minutes * 60 * per_second)):
            due = began + number / per_second
            if (pause := due - time.monotonic()) > 0:
                await asyncio.sleep(pause)
            is_probe = due - last_probe >= _PROBE_EVERY
            last_probe = due if is_probe else last_probe
            calls.create_task(_call(client, stack, seen, number, is_probe))


async def _call(client: aiohttp.ClientSession, stack: Stack, seen: Seen, number: int, is_probe: bool) -> None:
    body = {
        "model": "demo-small",
        "stream": number % 2 == 0,
        "messages": [{"role": "user", "content": f"{number}: {_PROMPT}"}],
    }
    session = _PROBES if is_probe else f"freshness-{number // _CALLS_A_SESSION}"
    headers = {
        "Weir-Auth": f"Bearer {stack.gateway_key}",
        "Weir-Session-Id": session,
        "Weir-User-Id": f"user-{number % 97}",
        "Weir-Property-Environment": "production",
    }
    try:
        url = f"{stack.gateway_url}/demo/v1/chat/completions"
        async with client.post(url, json=body, headers=headers) as answer:
            await answer.read()
            answer.raise_for_status()
            request_id = answer.headers["weir-request-id"]
    except (aiohttp.ClientError, TimeoutError) as error:
        seen.failed.append(repr(error))
        return
    seen.answered.add(UUID(request_id))
    if is_probe:
        seen.finished[request_id] = time.time()


def _watch(stack: Stack, seen: Seen, stopping: threading.Event) -> None:
    """Asks HQL for the probes of the last minutes until it is told to stop."""
    with httpx.Client(timeout=60) as client:
        while not stopping.wait(_POLL_SECONDS):
            seen.slowest_poll = max(seen.slowest_poll, _poll(client, stack, seen))


def _poll_once(stack: Stack, seen: Seen) -> float:
    """The first question has the api load its libraries, which is no matter of freshness."""
    with httpx.Client(timeout=60) as client:
        return _poll(client, stack, seen)


def _poll(client: httpx.Client, stack: Stack, seen: Seen) -> float:
    """Notes which probes HQL tells of now; returns how long it took, in seconds."""
    question = {
        "sql": "select request_id from requests where session_id = {session:String} "
        "and created_at > now() - interval 3 minute",
        "parameters": {"session": _PROBES},
        "fresh": True,
        "format": "csv",
    }
    began = time.monotonic()
    headers = {"Authorization": f"Bearer {stack.query_key}"}
    answer = client.post(f"{stack.api_url}/v1/hql", json=question, headers=headers)
    for request_id in answer.raise_for_status().text.replace('"', "").split()[1:]:
        seen.visible.setdefault(request_id, time.time())
    return time.monotonic() - began


def _settle(stack: Stack, seen: Seen) -> None:
    """Waits until every answered call has a row, or until nothing more can be expected."""
    client = connect_writer(stack.instance.warehouse_url)
    deadline = time.monotonic() + _SETTLE_SECONDS
    while time.monotonic() < deadline:
        [[rows]] = client.query("select count() from requests").result_rows
        if rows >= len(seen.answered):
            break
        time.sleep(0.5)
    client.close()
    time.sleep(5 * _POLL_SECONDS)  # so that the watcher sees the last probes, too


def _print_freshness(client: Client, seen: Seen, per_second: float, seconds: float, since: float) -> None:
    def ask(sql: str) -> list[float]:
        [[figures]] = client.query(sql).result_rows
        return list(figures)

    measured = f"fromUnixTimestamp64Milli({since * 1000:.0f})"
    polled = [seen.visible[id] - at for id, at in seen.finished.items() if id in seen.visible]
    lag = "dateDiff('millisecond', completed_at, loaded_at) / 1000"
    rows = {
        "rows: loaded_at - completed_at": ask(
            f"select quantiles(0.5, 0.95, 1)({lag}) from requests where created_at > {measured}"
        ),
        "segments: newest row to loaded_at": ask(
            f"select quantiles(0.5, 0.95, 1)(lag_ms / 1000) from loads where loaded_at > {measured}"
        ),
        "seen through HQL": _quantiles(polled),
    }
    print(f"\nFreshness at {per_second:g} calls/s for {seconds / 60:.1f} minutes, in seconds\n")
    print("| figure | p50 | p95 | max |\n| --- | --- | --- | --- |")
    for name, figures in rows.items():
        print(f"| {name} | {' | '.join(f'{each:.2f}' for each in figures)} |")
    found = [UUID(str(row[0])) for row in client.query("select request_id from requests").result_rows]
    [[segments]] = client.query("select count() from loads").result_rows
    missing, more = len(seen.answered - set(found)), len(set(found) - seen.answered)
    print(
        f"\n{len(seen.answered)} calls answered, {len(found)} rows found: {missing} missing, {more} without an answer, "
        f"{len(found) - len(set(found))} doubled; {len(seen.failed)} calls failed{': ' if seen.failed else ''}"
        f"{'; '.join(sorted(set(seen.failed))[:3])}. {segments} segments."
    )


def _quantiles(values: list[float]) -> list[float]:
    if len(values) < 2:
        return [float("nan")] * 3
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return [cuts[9], cuts[18], max(values)]


def _print_costs(
    stack: Stack,
    seconds: float,
    cpu: dict[str, float],
    cpu_after: dict[str, float],
    disk: dict[str, float],
    disk_after: dict[str, float],
) -> None:
    memory = stack.resident_mb()
    print("\n| process | CPU, % of a core | memory, MB |\n| --- | --- | --- |")
    for name, used in cpu_after.items():
        print(f"| {name} | {(used - cpu.get(name, 0)) / seconds * 100:.1f} | {memory.get(name, 0):.0f} |")
    print("\n| on disk | MB at the end | MB more an hour |\n| --- | --- | --- |")
    for name, size in sorted(disk_after.items()):
        print(f"| {name} | {size:.1f} | {(size - disk.get(name, 0)) / seconds * 3600:.1f} |")


if __name__ == "__main__":
    main()
