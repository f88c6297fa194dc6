-- One row per call, append-only. One segment is one insert, one block and one part.
-- Ordered for one organization and a time range; a day is a partition, so that a day can be swapped as a whole.
create table if not exists requests
(
    organization_id UUID codec(ZSTD(1)),
    request_id UUID codec(ZSTD(1)),
    created_at DateTime64(6, 'UTC') codec(DoubleDelta, ZSTD(1)),
    completed_at DateTime64(6, 'UTC') codec(Delta, ZSTD(1)),
    loaded_at DateTime64(6, 'UTC') codec(DoubleDelta, ZSTD(1)),
    source LowCardinality(String) codec(ZSTD(1)),
    api_key_id Nullable(UUID) codec(ZSTD(1)),
    user_id Nullable(String) codec(ZSTD(1)),
    session_id Nullable(String) codec(ZSTD(1)),
    session_path Nullable(String) codec(ZSTD(1)),
    session_name LowCardinality(Nullable(String)) codec(ZSTD(1)),
    trace_id Nullable(String) codec(ZSTD(1)),
    properties Map(LowCardinality(String), String) codec(ZSTD(1)),
    prompt_id LowCardinality(Nullable(String)) codec(ZSTD(1)),
    prompt_version LowCardinality(Nullable(String)) codec(ZSTD(1)),
    provider LowCardinality(String) codec(ZSTD(1)),
    dialect LowCardinality(Nullable(String)) codec(ZSTD(1)),
    method LowCardinality(String) codec(ZSTD(1)),
    path LowCardinality(String) codec(ZSTD(1)),
    target_host LowCardinality(Nullable(String)) codec(ZSTD(1)),
    request_model LowCardinality(Nullable(String)) codec(ZSTD(1)),
    response_model LowCardinality(Nullable(String)) codec(ZSTD(1)),
    model LowCardinality(Nullable(String)) alias coalesce(response_model, request_model),
    is_stream Bool codec(ZSTD(1)),
    service_tier LowCardinality(Nullable(String)) codec(ZSTD(1)),
    attempt_count UInt8 codec(ZSTD(1)),
    status_code Nullable(UInt16) codec(ZSTD(1)),
    error_type LowCardinality(Nullable(String)) codec(ZSTD(1)),
    error_message Nullable(String) codec(ZSTD(3)),
    is_error Bool alias error_type is not null or ifNull(status_code, 599) >= 400,
    finish_reason LowCardinality(Nullable(String)) codec(ZSTD(1)),
    tool_names Array(LowCardinality(String)) codec(ZSTD(1)),
    latency_ms Nullable(Float64) codec(ZSTD(1)),
    time_to_first_byte_ms Nullable(Float64) codec(ZSTD(1)),
    time_to_first_token_ms Nullable(Float64) codec(ZSTD(1)),
    gateway_ms Nullable(Float64) codec(ZSTD(1)),
    usage_source LowCardinality(String) codec(ZSTD(1)),
    input_tokens Nullable(UInt64) codec(ZSTD(1)),
    output_tokens Nullable(UInt64) codec(ZSTD(1)),
    total_tokens Nullable(UInt64) alias input_tokens + output_tokens,
    cache_read_tokens Nullable(UInt64) codec(ZSTD(1)),
    cache_write_tokens Nullable(UInt64) codec(ZSTD(1)),
    cache_write_1h_tokens Nullable(UInt64) codec(ZSTD(1)),
    reasoning_tokens Nullable(UInt64) codec(ZSTD(1)),
    input_audio_tokens Nullable(UInt64) codec(ZSTD(1)),
    output_audio_tokens Nullable(UInt64) codec(ZSTD(1)),
    cost_usd Nullable(Decimal(18, 12)) codec(ZSTD(1)),
    price_source LowCardinality(String) codec(ZSTD(1)),
    price_version LowCardinality(Nullable(String)) codec(ZSTD(1)),
    provider_cost_usd Nullable(Decimal(18, 12)) codec(ZSTD(1)),
    cache_hit Bool codec(ZSTD(1)),
    cache_reference_id Nullable(UUID) codec(ZSTD(1)),
    saved_cost_usd Nullable(Decimal(18, 12)) codec(ZSTD(1)),
    user_agent LowCardinality(Nullable(String)) codec(ZSTD(1)),
    country_code LowCardinality(Nullable(String)) codec(ZSTD(1)),
    request_body_bytes UInt64 codec(ZSTD(1)),
    response_body_bytes UInt64 codec(ZSTD(1)),
    request_body_truncated Bool codec(ZSTD(1)),
    response_body_truncated Bool codec(ZSTD(1)),
    request_preview Nullable(String) codec(ZSTD(3)),
    response_preview Nullable(String) codec(ZSTD(3)),
    segment LowCardinality(String) codec(ZSTD(1)),
    frame_offset UInt64 codec(Delta, ZSTD(1)),
    frame_length UInt32 codec(T64, ZSTD(1)),
    frame_line UInt32 codec(T64, ZSTD(1)),
    index request_id_in request_id type bloom_filter(0.01) granularity 1,
    index session_id_in session_id type bloom_filter(0.01) granularity 1,
    index user_id_in user_id type bloom_filter(0.01) granularity 1,
    index property_names_in mapKeys(properties) type bloom_filter(0.01) granularity 1,
    index property_values_in mapValues(properties) type bloom_filter(0.01) granularity 1,
    index request_preview_words request_preview type text(tokenizer = splitByNonAlpha, preprocessor = lower(request_preview)),
    index response_preview_words response_preview type text(tokenizer = splitByNonAlpha, preprocessor = lower(response_preview))
)
engine = MergeTree
partition by toDate(created_at)
order by (organization_id, created_at, request_id);

create table if not exists sessions
(
    organization_id UUID codec(ZSTD(1)),
    day Date codec(ZSTD(1)),
    session_id String codec(ZSTD(1)),
    session_name Nullable(String) codec(ZSTD(1)),
    started_at DateTime64(6, 'UTC') codec(ZSTD(1)),
    ended_at DateTime64(6, 'UTC') codec(ZSTD(1)),
    request_count UInt64 codec(ZSTD(1)),
    error_count UInt64 codec(ZSTD(1)),
    input_tokens UInt64 codec(ZSTD(1)),
    output_tokens UInt64 codec(ZSTD(1)),
    cost_usd Decimal(38, 12) codec(ZSTD(1)),
    unpriced_count UInt64 codec(ZSTD(1)),
    user_ids Array(String) codec(ZSTD(1)),
    models Array(String) codec(ZSTD(1)),
    loaded_at DateTime64(6, 'UTC') codec(DoubleDelta, ZSTD(1))
)
engine = MergeTree
partition by day
order by (organization_id, day, session_id);

create table if not exists usage_hourly
(
    organization_id UUID codec(ZSTD(1)),
    hour DateTime('UTC') codec(ZSTD(1)),
    provider LowCardinality(String) codec(ZSTD(1)),
    model LowCardinality(String) codec(ZSTD(1)),
    status_class LowCardinality(String) codec(ZSTD(1)),
    request_count UInt64 codec(ZSTD(1)),
    error_count UInt64 codec(ZSTD(1)),
    cache_hit_count UInt64 codec(ZSTD(1)),
    input_tokens UInt64 codec(ZSTD(1)),
    output_tokens UInt64 codec(ZSTD(1)),
    cache_read_tokens UInt64 codec(ZSTD(1)),
    reasoning_tokens UInt64 codec(ZSTD(1)),
    cost_usd Decimal(38, 12) codec(ZSTD(1)),
    unpriced_count UInt64 codec(ZSTD(1)),
    latency_ms_sum Float64 codec(ZSTD(1)),
    latency_ms_buckets Array(UInt64) codec(ZSTD(1)),
    loaded_at DateTime64(6, 'UTC') codec(DoubleDelta, ZSTD(1))
)
engine = MergeTree
partition by toDate(hour)
order by (organization_id, hour, provider, model, status_class);

-- The journal: what was loaded and how late. It has no authority; the column `segment` of `requests` has.
create table if not exists loads
(
    segment String codec(ZSTD(1)),
    day Date codec(ZSTD(1)),
    loaded_at DateTime64(6, 'UTC') codec(DoubleDelta, ZSTD(1)),
    row_count UInt64 codec(ZSTD(1)),
    rejected_count UInt64 codec(ZSTD(1)),
    duplicate_count UInt64 codec(ZSTD(1)),
    lag_ms Float64 codec(ZSTD(1)),
    bytes UInt64 codec(ZSTD(1))
)
engine = MergeTree
partition by toYYYYMM(loaded_at)
order by (loaded_at, segment);
