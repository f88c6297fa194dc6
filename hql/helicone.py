"""Helicone's names for our tables and columns, so that queries written for it run here.

The meanings are Helicone's where they differ: `cost` of its table counts billionths of a dollar, for instance.
"""

from dataclasses import dataclass

TABLES = {
    "request_response_rmt": "requests",
    "request_response_versioned": "requests",
    "sessions_request_response_rmt": "sessions",
    "users_view": "users",
    "rate_limit_log": "rate_limits",
    "rate_limit_log_v2": "rate_limits",
    "properties_v2": "properties",
    "properties_v3": "properties",
    "score_value": "latest_scores",
}
"""Helicone's tables and the table of ours that answers."""


@dataclass(frozen=True)
class Name:
    """One column under Helicone's name: the SQL over our stored columns that gives it."""

    name: str
    type: str
    expression: str
    meaning: str
    unit: str | None = None
    only_there: bool = False
    """Whether it is known in Helicone's tables alone, because in ours it would be read in another unit."""


COLUMNS: dict[str, tuple[Name, ...]] = {
    "requests": (
        Name("request_created_at", "DateTime64(6, 'UTC')", "created_at", "The same as created_at."),
        Name("response_created_at", "DateTime64(6, 'UTC')", "completed_at", "The same as completed_at."),
        Name("latency", "Nullable(Int64)", "toInt64(round(latency_ms))", "latency_ms in whole milliseconds.", "ms"),
        Name(
            "time_to_first_token",
            "Nullable(Int64)",
            "toInt64(round(time_to_first_token_ms))",
            "time_to_first_token_ms in whole milliseconds.",
            "ms",
        ),
        Name("status", "Int64", "toInt64(ifNull(status_code, -1))", "status_code, or -1 where no response came."),
        Name("prompt_tokens", "Nullable(Int64)", "toInt64(input_tokens)", "The same as input_tokens.", "tokens"),
        Name("completion_tokens", "Nullable(Int64)", "toInt64(output_tokens)", "The same as output_tokens.", "tokens"),
        Name(
            "prompt_cache_read_tokens",
            "Int64",
            "toInt64(ifNull(cache_read_tokens, 0))",
            "cache_read_tokens, 0 where unknown.",
            "tokens",
        ),
        Name(
            "prompt_cache_write_tokens",
            "Int64",
            "toInt64(ifNull(cache_write_tokens, 0))",
            "cache_write_tokens, 0 where unknown.",
            "tokens",
        ),
        Name(
            "prompt_audio_tokens",
            "Int64",
            "toInt64(ifNull(input_audio_tokens, 0))",
            "input_audio_tokens, 0 where unknown.",
            "tokens",
        ),
        Name(
            "completion_audio_tokens",
            "Int64",
            "toInt64(ifNull(output_audio_tokens, 0))",
            "output_audio_tokens, 0 where unknown.",
            "tokens",
        ),
        Name("provider_total_cost", "Nullable(Decimal(18, 12))", "cost_usd", "The same as cost_usd.", "USD"),
        Name(
            "cost",
            "UInt64",
            "toUInt64(ifNull(round(toFloat64(cost_usd) * 1000000000), 0))",
            "The cost in billionths of a US dollar, 0 where unknown; cost_usd is the same in dollars.",
            "USD / 1e9",
            only_there=True,
        ),
        Name(
            "properties",
            "Map(LowCardinality(String), String)",
            "mapUpdate(properties, mapFilter((name, value) -> value != '', map("
            "'Helicone-Session-Id', ifNull(session_id, ''), 'Helicone-Session-Path', ifNull(session_path, ''), "
            "'Helicone-Session-Name', ifNull(toString(session_name), ''), "
            "'Helicone-Prompt-Id', ifNull(toString(prompt_id), ''))))",
            "properties, and as further ones what Helicone's headers said of session and prompt.",
            only_there=True,
        ),
        Name("proxy_key_id", "Nullable(UUID)", "api_key_id", "The same as api_key_id."),
        Name("target_url", "String", "concat('https://', ifNull(target_host, ''), path)", "target_host and path."),
        Name(
            "request_body", "Nullable(String)", "request_preview", "The same as request_preview: the beginning alone."
        ),
        Name("response_body", "Nullable(String)", "response_preview", "The same as response_preview: the beginning."),
        Name("updated_at", "DateTime64(6, 'UTC')", "loaded_at", "The same as loaded_at."),
    ),
    "sessions": (
        Name("session_created_at", "DateTime64(6, 'UTC')", "started_at", "The same as started_at."),
        Name("total_requests", "UInt64", "request_count", "The same as request_count."),
        Name("total_cost", "Decimal(38, 12)", "cost_usd", "The same as cost_usd.", "USD"),
    ),
    "users": (
        Name("first_active", "DateTime64(6, 'UTC')", "first_seen_at", "The same as first_seen_at."),
        Name("last_active", "DateTime64(6, 'UTC')", "last_seen_at", "The same as last_seen_at."),
        Name("active_for", "UInt64", "active_days", "The same as active_days."),
        Name("total_requests", "UInt64", "request_count", "The same as request_count."),
        Name("total_prompt_tokens", "UInt64", "input_tokens", "The same as input_tokens.", "tokens"),
        Name("total_completion_tokens", "UInt64", "output_tokens", "The same as output_tokens.", "tokens"),
        Name("total_cost", "Decimal(38, 12)", "cost_usd", "The same as cost_usd.", "USD"),
        Name(
            "average_requests_per_day_active",
            "Float64",
            "request_count / active_days",
            "request_count by active_days.",
        ),
        Name(
            "average_tokens_per_request",
            "Float64",
            "(input_tokens + output_tokens) / greatest(request_count, 1)",
            "Known tokens by request_count.",
            "tokens",
        ),
        Name("cost", "Decimal(38, 12)", "cost_usd", "The same as cost_usd.", "USD", only_there=True),
    ),
    "cache_hits": (
        Name("request_created_at", "DateTime64(6, 'UTC')", "created_at", "The same as created_at."),
        Name("latency", "Nullable(Int64)", "toInt64(round(latency_ms))", "latency_ms in whole milliseconds.", "ms"),
    ),
    "properties": (
        Name("key", "String", "name", "The same as name."),
        Name("request_created_at", "DateTime64(6, 'UTC')", "created_at", "The same as created_at."),
    ),
    "latest_scores": (
        Name("score_key", "LowCardinality(String)", "name", "The same as name."),
        Name("int_value", "Nullable(Int64)", "toInt64(round(value))", "value as a whole number."),
    ),
    "rate_limits": (Name("rate_limit_created_at", "DateTime64(6, 'UTC')", "created_at", "The same as created_at."),),
}
"""Columns by the table of ours that has them."""
