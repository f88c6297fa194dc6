-- The key figures in each bucket of time, for the small lines below them.
select
    toDateTime(intDiv(toUnixTimestamp(created_at), {step:UInt32}) * {step:UInt32}, 'UTC') as bucket,
    count() as request_count,
    countIf(is_error) / count() as error_share,
    sum(cost_usd) as cost_usd,
    sum(total_tokens) as total_tokens,
    quantile(0.5)(latency_ms) as latency_p50_ms,
    quantile(0.95)(latency_ms) as latency_p95_ms,
    quantile(0.5)(time_to_first_token_ms) as time_to_first_token_p50_ms
from requests
where matching
group by bucket
order by bucket
