-- Steps of a session that call no model stand beside the calls: tools, retrievals, agents, workflows. They are told by
-- step_kind, joined to a tree by their spans, and counted apart from the requests wherever requests are summed up.
alter table requests
    add column if not exists span_id Nullable(String) codec(ZSTD(1)) after trace_id,
    add column if not exists parent_span_id Nullable(String) codec(ZSTD(1)) after span_id,
    add column if not exists step_kind LowCardinality(String) default 'llm' codec(ZSTD(1)) after parent_span_id,
    add column if not exists step_name Nullable(String) codec(ZSTD(1)) after step_kind;

alter table requests
    add index if not exists trace_id_in trace_id type bloom_filter(0.01) granularity 1;

alter table sessions
    add column if not exists step_count UInt64 codec(ZSTD(1)) after request_count;

alter table usage_hourly
    add column if not exists step_count UInt64 codec(ZSTD(1)) after request_count;
