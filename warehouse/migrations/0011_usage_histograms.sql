-- Made anew, because the size of granules cannot be changed: an organization has some hundred rows in a day, and a
-- granule of 8,192 of them is read whole. Its rows are derived: with none, every day is stale, and the loader fills them
-- in again within minutes, the latest day first.
drop table if exists usage_hourly sync;

create table usage_hourly
(
    organization_id UUID codec(ZSTD(1)),
    hour DateTime('UTC') codec(ZSTD(1)),
    provider LowCardinality(String) codec(ZSTD(1)),
    model LowCardinality(String) codec(ZSTD(1)),
    status_class LowCardinality(String) codec(ZSTD(1)),
    request_count UInt64 codec(T64, ZSTD(1)),
    step_count UInt64 codec(T64, ZSTD(1)),
    error_count UInt64 codec(T64, ZSTD(1)),
    cache_hit_count UInt64 codec(T64, ZSTD(1)),
    usage_count UInt64 codec(T64, ZSTD(1)),
    input_tokens UInt64 codec(T64, ZSTD(1)),
    output_tokens UInt64 codec(T64, ZSTD(1)),
    total_tokens UInt64 codec(T64, ZSTD(1)),
    cache_read_tokens UInt64 codec(T64, ZSTD(1)),
    reasoning_tokens UInt64 codec(T64, ZSTD(1)),
    cost_usd Decimal(38, 12) codec(ZSTD(1)),
    saved_cost_usd Decimal(38, 12) codec(ZSTD(1)),
    unpriced_count UInt64 codec(T64, ZSTD(1)),
    unpriced_error_count UInt64 codec(T64, ZSTD(1)),
    latency_ms_sum Float64 codec(ZSTD(1)),
    latency_ms_values Array(Float32) codec(ZSTD(1)),
    latency_ms_counts Array(UInt32) codec(ZSTD(1)),
    time_to_first_token_ms_values Array(Float32) codec(ZSTD(1)),
    time_to_first_token_ms_counts Array(UInt32) codec(ZSTD(1)),
    loaded_at DateTime64(6, 'UTC') codec(DoubleDelta, ZSTD(1))
)
engine = MergeTree
partition by toDate(hour)
order by (organization_id, hour, provider, model, status_class)
settings index_granularity = 512;
