"""Turns the records of one day's segment into rows of `requests`, all but their place and price."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.transforms.records import SAID_KINDS, Parsed, Rejected, as_time, as_uuid, in_order, without_rejected

KEY = ("organization_id", "request_id")
"""What no two rows share. Callers may choose request ids, so the same id may exist in two organizations."""

_UUIDS = ("organization_id", "request_id", "api_key_id", "cache_reference_id")
_TIMES = ("created_at", "completed_at")
_REQUIRED = (*KEY, *_TIMES, "provider")
_DURATIONS = ("latency_ms", "time_to_first_byte_ms", "time_to_first_token_ms", "gateway_ms", "saved_latency_ms")
_STEPS_IN_MS = 1024
"""How finely durations are kept: about a microsecond, and a binary fraction, so that the rest of the number is zeros.

The digits below are noise of the clock, and would be a quarter of what the columns about a call take.
"""


@dataclass(frozen=True)
class Modelled:
    """The rows of some lines, with `line`: which of them each row comes from."""

    frame: pl.DataFrame
    rejected: tuple[Rejected, ...]
    duplicates: pl.Series
    """Lines left out because an earlier one has their id."""


def model_requests(parsed: Parsed, day: date) -> Modelled:
    """Types the records, rejects those that cannot be a row of that day, keeps the first of each id.

    What is said of requests is passed over: it becomes rows of other tables.
    """
    exchanges = parsed.frame.lazy().filter(pl.col("kind").is_in(SAID_KINDS).not_().fill_null(True))
    rows = without_rejected(exchanges.pipe(_typed).with_columns(_reject_reason(day)).collect())
    unique = rows.frame.unique(KEY, keep="first", maintain_order=True)
    duplicates = rows.frame["line"].filter(~rows.frame["line"].is_in(unique["line"].implode()))
    return Modelled(unique, in_order((*parsed.rejected, *rows.rejected)), duplicates)


def _typed(records: pl.LazyFrame) -> pl.LazyFrame:
    attempts = pl.col("attempts").list.len().fill_null(0)
    is_told = pl.col("source").fill_null("gateway") != "gateway"
    is_call = pl.col("step_kind").fill_null("llm") == "llm"
    pair = pl.struct(key=pl.element().struct.field("name"), value=pl.element().struct.field("value"))
    return records.with_columns(
        *map(as_uuid, _UUIDS),
        *map(as_time, _TIMES),
        pl.col("source").fill_null("gateway"),
        pl.col("method").fill_null("POST"),
        pl.col("path").fill_null(""),
        pl.col("usage_source").fill_null("none"),
        pl.col("step_kind").fill_null("llm"),
        *(pl.col(name).fill_null(False) for name in ("is_stream", "cache_hit")),
        *((pl.col(name) * _STEPS_IN_MS).round() / _STEPS_IN_MS for name in _DURATIONS),
        # Whatever did not come through the gateway has an id that its sender chose.
        (pl.col("request_id_given").fill_null(False) | is_told).alias("request_id_given"),
        *(pl.col(f"{side}_body_truncated").fill_null(False) for side in ("request", "response")),
        *(pl.col(f"{side}_body_bytes").fill_null(0) for side in ("request", "response")),
        pl.col("tool_names").fill_null([]),
        *(pl.col(name).list.eval(pair).fill_null([]) for name in ("properties", "prompt_inputs")),
        # A call that was told to us was made once, as far as is known; what the gateway asked nobody has no attempt.
        pl.max_horizontal(attempts, (is_told & is_call).cast(pl.Int64)).alias("attempt_count"),
        pl.col("provider_cost_usd").cast(pl.Decimal(18, 12), strict=False),
    )


def _reject_reason(day: date) -> pl.Expr:
    """Says why a record is no row of that day's `requests`; NULL where it is one."""
    return (
        pl.when(pl.col("kind").fill_null("exchange") != "exchange")
        .then(pl.format("records of kind `{}` are not loaded by this version", "kind"))
        .when(pl.any_horizontal(pl.col(name).is_null() for name in _REQUIRED))
        .then(pl.lit(f"one of {', '.join(_REQUIRED)} is missing or unreadable"))
        .when(pl.col("created_at").dt.date() != day)
        .then(pl.format("created_at is {}, which is not the segment's day", "created_at"))
        .alias("reject_reason")
    )
