"""How fast a job writes all rows of a query into a file, and what that takes of the api's memory."""

import time
from collections.abc import Iterator
from uuid import UUID

import httpx

from bench.hql.place import Place
from bench.hql.table import Line
from hql.catalog import build_catalog
from hql.compile import compile as compile_query
from hql.reader import Reader

_COLUMNS = "request_id, created_at, user_id, model, status_code, latency_ms, input_tokens, output_tokens, cost_usd"
SQL = f"select {_COLUMNS} from requests"
_PIECE_BYTES = 1 << 20


def measure(place: Place, organization_id: UUID, rows: int) -> Iterator[Line]:
    for format in ("csv", "parquet"):
        seconds = _by_a_job(place, organization_id, format, rows)
        own = _by_clickhouse_connect(place, organization_id, format)
        about = f"rows/s; clickhouse-connect by itself {rows / own:,.0f}"
        yield Line(f"export of {rows:,} rows, {format}", f"{rows / seconds:,.0f}", "", about)
    yield Line("the api's memory", f"{place.api.peak_mb():,.0f}", "400", "MB at its peak, since it started")


def _by_a_job(place: Place, organization_id: UUID, format: str, rows: int) -> float:
    with httpx.Client(base_url=place.url, headers=place.headers(organization_id), timeout=60) as client:
        began = time.perf_counter()
        job = client.post("/v1/hql/jobs", json={"sql": SQL, "format": format}).raise_for_status().json()
        while job["state"] in ("queued", "running"):
            time.sleep(0.1)
            job = client.get(f"/v1/hql/jobs/{job['id']}").raise_for_status().json()
        seconds = time.perf_counter() - began
        if (job["state"], job["row_count"]) != ("done", rows):
            raise RuntimeError(f"the job is {job['state']} with {job['row_count']:,} rows: {job['error']}")
        client.delete(f"/v1/hql/jobs/{job['id']}").raise_for_status()
        return seconds


def _by_clickhouse_connect(place: Place, organization_id: UUID, format: str) -> float:
    """Seconds that its stream takes into a file, of the same rows in the engine's own formats."""
    sql = compile_query(SQL, build_catalog(), Reader(organization_id, max_rows=10**11)).sql
    client = place.server.writer()
    path = place.directory / f"own.{format}"
    began = time.perf_counter()
    with (
        client.raw_stream(sql, fmt="CSVWithNames" if format == "csv" else "Parquet") as stream,
        path.open("wb") as file,
    ):
        while piece := stream.read(_PIECE_BYTES):
            file.write(piece)
    seconds = time.perf_counter() - began
    client.close()
    path.unlink()
    return seconds
