-- How long answers and their first token took in each bucket of time.
select
    toDateTime(intDiv(toUnixTimestamp(created_at), {step:UInt32}) * {step:UInt32}, 'UTC') as bucket,
    quantile(0.5)(latency_ms) as latency_p50_ms,
    quantile(0.95)(latency_ms) as latency_p95_ms,
    quantile(0.99)(latency_ms) as latency_p99_ms,
    quantile(0.5)(time_to_first_token_ms) as time_to_first_token_p50_ms,
    quantile(0.95)(time_to_first_token_ms) as time_to_first_token_p95_ms
from requests
where matching
group by bucket
order by bucket
