-- The key figures in each bucket of time, for the small lines below them.
select
    toDateTime(intDiv(toUnixTimestamp(hour), {step:UInt32}) * {step:UInt32}, 'UTC') as bucket,
    sum(usage_hourly.request_count) as request_count,
    sum(usage_hourly.error_count) / sum(usage_hourly.request_count) as error_share,
    if(sum(usage_hourly.unpriced_count) < sum(usage_hourly.request_count), sum(usage_hourly.cost_usd), null) as cost_usd,
    if(sum(usage_hourly.usage_count) > 0, sum(usage_hourly.total_tokens), null) as total_tokens,
    quantileInterpolatedWeightedOrNullArray(0.5)(latency_ms_values, latency_ms_counts) as latency_p50_ms,
    quantileInterpolatedWeightedOrNullArray(0.95)(latency_ms_values, latency_ms_counts) as latency_p95_ms,
    quantileInterpolatedWeightedOrNullArray(0.5)(time_to_first_token_ms_values, time_to_first_token_ms_counts)
        as time_to_first_token_p50_ms
from usage_hourly
where matching
group by bucket
having request_count > 0
order by bucket
