-- How long answers and their first token took in each bucket of time.
select
    toDateTime(intDiv(toUnixTimestamp(hour), {step:UInt32}) * {step:UInt32}, 'UTC') as bucket,
    quantileInterpolatedWeightedOrNullArray(0.5)(latency_ms_values, latency_ms_counts) as latency_p50_ms,
    quantileInterpolatedWeightedOrNullArray(0.95)(latency_ms_values, latency_ms_counts) as latency_p95_ms,
    quantileInterpolatedWeightedOrNullArray(0.99)(latency_ms_values, latency_ms_counts) as latency_p99_ms,
    quantileInterpolatedWeightedOrNullArray(0.5)(time_to_first_token_ms_values, time_to_first_token_ms_counts)
        as time_to_first_token_p50_ms,
    quantileInterpolatedWeightedOrNullArray(0.95)(time_to_first_token_ms_values, time_to_first_token_ms_counts)
        as time_to_first_token_p95_ms
from usage_hourly
where matching
group by bucket
having sum(request_count) > 0
order by bucket
