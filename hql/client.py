"""The warehouse from Python: `wh = hql.connect()`, then `wh.sql("select ...")` gives a polars frame.

It speaks to the api and needs nothing of ours beside it. URL and key come from the arguments, else from WEIR_API_URL
and WEIR_API_KEY, else from `~/.config/weir/credentials`, a file of lines such as `api_key = sk-weir-...`.
"""

import io
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import httpx
import polars as pl

CREDENTIALS = Path("~/.config/weir/credentials")
DEFAULT_URL = "http://127.0.0.1:8585"
_SECONDS = 120.0
_SECONDS_BETWEEN_LOOKS = 0.2

Side = Literal["request", "response"]
ExportFormat = Literal["csv", "jsonl", "parquet", "arrow"]

_ENDINGS: dict[str, ExportFormat] = {
    "csv": "csv", "jsonl": "jsonl", "ndjson": "jsonl", "parquet": "parquet", "arrow": "arrow", "arrows": "arrow",
}  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What is known about an answer beside its rows."""

    rows: int
    truncated: bool
    """Whether there were more rows than the limit."""
    elapsed_ms: float
    read_rows: int
    read_bytes: int
    cache: str
    """How it came: miss, hit, stale, bypass or off."""
    age_seconds: float
    query_id: str

    def __str__(self) -> str:
        parts = [f"{self.rows:,} rows"]
        if self.truncated:
            parts[0] += ", more were cut off"
        if self.cache in ("hit", "stale"):
            parts.append(f"cache {self.cache}, {self.age_seconds:,.0f} s old")
        else:
            parts += [f"{self.elapsed_ms:,.0f} ms", f"{self.read_rows:,} rows read"]
        return " · ".join(parts)


class HqlError(Exception):
    """The api refused or failed; as text it shows the place in the query."""

    def __init__(self, problem: Mapping[str, Any], sql: str = "", status: int | None = None) -> None:
        self.code = str(problem.get("code", "unknown"))
        self.message = str(problem.get("message", "the api gave no reason"))
        self.hint: str | None = problem.get("hint")
        self.line: int | None = problem.get("line")
        self.column: int | None = problem.get("column")
        self.status = status
        super().__init__("\n".join(self._lines(sql)))

    def _lines(self, sql: str) -> list[str]:
        shown = [self.message]
        written = sql.split("\n")
        if self.line and self.column and self.line <= len(written):
            text = written[self.line - 1]
            # Tabs stay tabs, so that the caret stands under the place however wide they are shown.
            blanks = "".join("\t" if sign == "\t" else " " for sign in text[: self.column - 1])
            shown += ["", f"  {text}", f"  {blanks}^"]
        if self.hint:
            shown += ["", f"hint: {self.hint}"]
        return shown


class Warehouse:
    """A connection to the api with one key; may be used from several threads."""

    def __init__(self, url: str, key: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self.url = url.rstrip("/")
        self.last: Facts | None = None
        """Facts of the latest answer."""
        headers = {"Authorization": f"Bearer {key}", "User-Agent": "weir-hql"}
        self._http = httpx.Client(base_url=self.url, headers=headers, timeout=_SECONDS, transport=transport)

    def sql(
        self,
        text: str,
        *,
        fresh: bool = False,
        limit: int | None = None,
        max_age: float | None = None,
        timeout: float | None = None,
        **parameters: Any,
    ) -> pl.DataFrame:
        """Runs a query and returns its rows; raises HqlError.

        Values of typed parameters such as `{days:UInt8}` are given by name: `wh.sql(text, days=7)`. `fresh` ignores
        the cache, `max_age` accepts an answer that many seconds old though newer data came. Facts about the answer are
        in `last`.
        """
        asked = {"sql": text, "format": "arrow", "fresh": fresh, "remember": True}
        options = {"limit": limit, "max_age": max_age, "timeout": timeout}
        asked |= {name: value for name, value in options.items() if value is not None}
        if parameters:
            asked["parameters"] = {name: _as_json(value) for name, value in parameters.items()}
        response = self._ask("POST", "/v1/hql", text, json=asked)
        self.last = _facts(response.headers)
        return pl.read_ipc_stream(io.BytesIO(response.content))

    def export(self, text: str, to: str | Path, *, format: ExportFormat | None = None, **parameters: Any) -> Path:
        """Writes all rows of a query into a file, however many there are, and returns its path; raises HqlError.

        The format is that of the file's ending: csv, jsonl, parquet or arrow. The query runs on the server as a job,
        which an interrupt cancels; only a complete file gets the name.
        """
        path = Path(to).expanduser()
        values = {name: _as_json(value) for name, value in parameters.items()}
        asked = {"sql": text, "parameters": values, "format": format or _format_of(path)}
        job = self._ask("POST", "/v1/hql/jobs", text, json=asked).json()
        try:
            while job["state"] in ("queued", "running"):
                time.sleep(_SECONDS_BETWEEN_LOOKS)
                job = self._ask("GET", f"/v1/hql/jobs/{job['id']}").json()
            if job["state"] != "done":
                raise HqlError(job["error"] or {"code": "cancelled", "message": "the job was cancelled"}, text)
            self._download(job["result_url"], path)
        except BaseException:
            with suppress(HqlError):
                self._ask("DELETE", f"/v1/hql/jobs/{job['id']}")
            raise
        return path

    def explain(self, text: str, **parameters: Any) -> pl.DataFrame:
        """Returns what a query would read of each stored table, as the engine estimates it, without running it."""
        asked = {"sql": text, "parameters": {name: _as_json(value) for name, value in parameters.items()}}
        told = self._ask("POST", "/v1/hql/explain", text, json=asked).json()["tables"]
        columns = {"table": pl.String, "rows": pl.UInt64, "parts": pl.UInt64, "granules": pl.UInt64}
        return pl.DataFrame(told, schema=columns)

    def saved(self) -> pl.DataFrame:
        """Returns the organization's saved queries."""
        columns = ("name", "sql", "description", "parameters", "updated_by")
        rows = [
            {
                **{name: query[name] for name in columns},
                "parameters": ", ".join(f"{name}:{each['type']}" for name, each in query["parameters"].items()),
            }
            for query in self._saved()
        ]
        return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String))

    def run(self, name: str, **parameters: Any) -> pl.DataFrame:
        """Runs the saved query of that name, with its own values for parameters that are not given."""
        saved = {query["name"]: query for query in self._saved()}
        if name not in saved:
            known = ", ".join(saved) or "none"
            raise HqlError({"code": "unknown_query", "message": f"no saved query is called `{name}`; saved: {known}"})
        defaults = {name: each["default"] for name, each in saved[name]["parameters"].items()}
        given = {name: value for name, value in defaults.items() if value is not None} | parameters
        return self.sql(saved[name]["sql"], **given)

    def tables(self) -> pl.DataFrame:
        """Returns the tables that can be queried and what one row of each stands for."""
        return pl.DataFrame(
            [
                {
                    "table": table["name"],
                    "one row is": table["grain"],
                    "columns": len(table["columns"]),
                    "alias of": table["alias_of"],
                }
                for table in self.schema()["tables"]
            ],
            schema={"table": pl.String, "one row is": pl.String, "columns": pl.UInt32, "alias of": pl.String},
        )

    def describe(self, name: str) -> pl.DataFrame:
        """Returns the columns of a table with their meanings; raises HqlError for an unknown one."""
        tables = {table["name"]: table for table in self.schema()["tables"]}
        if name not in tables:
            raise HqlError({"code": "unknown_table", "message": f"unknown table `{name}`; tables: {', '.join(tables)}"})
        return pl.DataFrame(
            [
                {
                    "column": column["name"],
                    "type": column["type"],
                    "unit": column["unit"],
                    "meaning": column["meaning"],
                    "examples": ", ".join(column["examples"]),
                }
                for column in tables[name]["columns"]
            ],
            schema=dict.fromkeys(("column", "type", "unit", "meaning", "examples"), pl.String),
        )

    def body(self, request_id: str | UUID, side: Side = "request") -> bytes:
        """Returns the exact body of a request or of its response; raises HqlError."""
        return self._ask("GET", f"/v1/requests/{request_id}/body/{side}").content

    def close(self) -> None:
        """Gives the connection back."""
        self._http.close()

    def __enter__(self) -> "Warehouse":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Warehouse at {self.url}>"

    def _download(self, url: str, path: Path) -> None:
        # An address at the object store holds its own permission, and is to see nothing of ours.
        asked = self._http.stream("GET", url) if url.startswith("/") else httpx.stream("GET", url, timeout=_SECONDS)
        part = path.with_name(f"{path.name}.part")
        try:
            with asked as response, part.open("wb") as file:
                if not response.is_success:
                    response.read()
                    raise HqlError(_problem(response), status=response.status_code)
                for piece in response.iter_bytes():
                    file.write(piece)
            part.replace(path)
        except httpx.HTTPError as error:
            raise HqlError({"code": "download_failed", "message": f"the file broke off: {error}"}) from error
        finally:
            part.unlink(missing_ok=True)

    def _saved(self) -> list[dict[str, Any]]:
        queries: list[dict[str, Any]] = self._ask("GET", "/v1/hql/saved").json()["queries"]
        return queries

    def schema(self) -> dict[str, Any]:
        """Returns the tables, columns and functions that queries may use."""
        schema: dict[str, Any] = self._ask("GET", "/v1/hql/schema").json()
        return schema

    def _ask(self, method: str, path: str, sql: str = "", **content: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **content)
        except httpx.HTTPError as error:
            problem = {"code": "api_unavailable", "message": f"the api at {self.url} does not answer: {error}"}
            raise HqlError(problem) from error
        if response.is_success:
            return response
        if response.status_code == httpx.codes.NOT_FOUND and path.startswith("/v1/hql"):
            message = f"what answers at {self.url} is not Weir's api"
            raise HqlError({"code": "not_the_api", "message": message, "hint": f"its usual address is {DEFAULT_URL}"})
        raise HqlError(_problem(response), sql, response.status_code)


def connect(url: str | None = None, key: str | None = None) -> Warehouse:
    """Returns the warehouse behind an api; raises HqlError if no key can be found."""
    stored = _stored()
    key = key or os.environ.get("WEIR_API_KEY") or stored.get("api_key")
    if not key:
        message = "no API key: pass key=..., set WEIR_API_KEY, or write `api_key = ...` into ~/.config/weir/credentials"
        raise HqlError({"code": "no_key", "message": message})
    return Warehouse(url or os.environ.get("WEIR_API_URL") or stored.get("api_url") or DEFAULT_URL, key)


def _stored() -> dict[str, str]:
    try:
        lines = CREDENTIALS.expanduser().read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    pairs = (line.partition("=") for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return {name.strip().lower().removeprefix("weir_"): value.strip().strip("\"'") for name, _, value in pairs}


def _format_of(path: Path) -> ExportFormat:
    ending = path.suffix.lower().removeprefix(".")
    found = _ENDINGS.get(ending)
    if found is None:
        message = f"the ending of `{path.name}` names no format; endings: {', '.join(_ENDINGS)}"
        raise HqlError({"code": "unknown_format", "message": message, "hint": "or pass format='csv'"})
    return found


def _as_json(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_as_json(member) for member in value]
    if isinstance(value, dict):
        return {str(name): _as_json(member) for name, member in value.items()}
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return str(value) if isinstance(value, (date, Decimal, UUID)) else value


def _problem(response: httpx.Response) -> Mapping[str, Any]:
    try:
        problem: Mapping[str, Any] = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        return {"code": "api_error", "message": f"the api answered with status {response.status_code}"}
    return problem


def _facts(headers: httpx.Headers) -> Facts:
    return Facts(
        rows=int(headers.get("Weir-Row-Count", 0)),
        truncated=headers.get("Weir-Truncated") == "true",
        elapsed_ms=float(headers.get("Weir-Elapsed-Ms", 0)),
        read_rows=int(headers.get("Weir-Read-Rows", 0)),
        read_bytes=int(headers.get("Weir-Read-Bytes", 0)),
        cache=headers.get("Weir-Cache", "off"),
        age_seconds=float(headers.get("Weir-Cache-Age", 0)),
        query_id=headers.get("Weir-Query-Id", ""),
    )
