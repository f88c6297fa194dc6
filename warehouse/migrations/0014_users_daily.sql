-- Whom the calls of a day were made for. An organization has a seventh as many rows here as calls.
create table if not exists users_daily
(
    organization_id UUID codec(ZSTD(1)),
    day Date codec(ZSTD(1)),
    user_id String codec(ZSTD(1)),
    request_count UInt64 codec(T64, ZSTD(1)),
    error_count UInt64 codec(T64, ZSTD(1)),
    usage_count UInt64 codec(T64, ZSTD(1)),
    input_tokens UInt64 codec(T64, ZSTD(1)),
    output_tokens UInt64 codec(T64, ZSTD(1)),
    total_tokens UInt64 codec(T64, ZSTD(1)),
    cost_usd Decimal(38, 12) codec(ZSTD(1)),
    unpriced_count UInt64 codec(T64, ZSTD(1)),
    latency_ms_sum Float64 codec(ZSTD(1)),
    latency_count UInt64 codec(T64, ZSTD(1)),
    loaded_at DateTime64(6, 'UTC') codec(DoubleDelta, ZSTD(1))
)
engine = MergeTree
partition by day
order by (organization_id, day, user_id)
settings index_granularity = 1024;

-- With no hours every day is stale, and the loader fills in both again within minutes, the latest day first.
truncate table usage_hourly sync;
