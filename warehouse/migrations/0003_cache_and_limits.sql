-- What a call had to do with the gateway's response cache beyond being a hit, and which limit refused it.
alter table requests
    add column if not exists cache_key Nullable(String) codec(ZSTD(1)) after cache_reference_id,
    add column if not exists saved_latency_ms Nullable(Float64) codec(ZSTD(1)) after saved_cost_usd,
    add column if not exists rate_limit_policy LowCardinality(Nullable(String)) codec(ZSTD(1)) after saved_latency_ms;
