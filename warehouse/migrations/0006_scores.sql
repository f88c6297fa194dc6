-- What is said of requests after they were recorded. A day is that of the request; one segment is one insert into each
-- table that it has rows for, and `segment` tells in each which ones it holds.
-- Ordered for one organization, a score's name, and the time it was given.
create table if not exists scores
(
    organization_id UUID codec(ZSTD(1)),
    day Date codec(ZSTD(1)),
    score_id UUID codec(ZSTD(1)),
    created_at DateTime64(6, 'UTC') codec(DoubleDelta, ZSTD(1)),
    loaded_at DateTime64(6, 'UTC') codec(DoubleDelta, ZSTD(1)),
    kind LowCardinality(String) codec(ZSTD(1)),
    request_id Nullable(UUID) codec(ZSTD(1)),
    session_id Nullable(String) codec(ZSTD(1)),
    name LowCardinality(String) codec(ZSTD(1)),
    value_type LowCardinality(String) codec(ZSTD(1)),
    value Nullable(Float64) codec(ZSTD(1)),
    category Nullable(String) codec(ZSTD(1)),
    source LowCardinality(String) codec(ZSTD(1)),
    comment Nullable(String) codec(ZSTD(3)),
    segment LowCardinality(String) codec(ZSTD(1)),
    frame_offset UInt64 codec(Delta, ZSTD(1)),
    frame_length UInt32 codec(T64, ZSTD(1)),
    frame_line UInt32 codec(T64, ZSTD(1)),
    index request_id_in request_id type bloom_filter(0.01) granularity 1,
    index session_id_in session_id type bloom_filter(0.01) granularity 1
)
engine = MergeTree
partition by day
order by (organization_id, name, created_at, score_id);

-- What was changed, and when; what came of it stands in `requests.properties`.
create table if not exists property_edits
(
    organization_id UUID codec(ZSTD(1)),
    day Date codec(ZSTD(1)),
    edit_id UUID codec(ZSTD(1)),
    created_at DateTime64(6, 'UTC') codec(DoubleDelta, ZSTD(1)),
    loaded_at DateTime64(6, 'UTC') codec(DoubleDelta, ZSTD(1)),
    request_id UUID codec(ZSTD(1)),
    name LowCardinality(String) codec(ZSTD(1)),
    value Nullable(String) codec(ZSTD(1)),
    segment LowCardinality(String) codec(ZSTD(1)),
    frame_offset UInt64 codec(Delta, ZSTD(1)),
    frame_length UInt32 codec(T64, ZSTD(1)),
    frame_line UInt32 codec(T64, ZSTD(1))
)
engine = MergeTree
partition by day
order by (organization_id, request_id, created_at, edit_id);

alter table loads
    add column if not exists said_count UInt64 codec(ZSTD(1)) after row_count;
