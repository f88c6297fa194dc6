-- The figures at the top of the overview, for one period.
select
    sum(usage_hourly.request_count) as request_count,
    sum(usage_hourly.error_count) as error_count,
    sum(usage_hourly.cache_hit_count) as cache_hit_count,
    if(sum(usage_hourly.unpriced_count) < sum(usage_hourly.request_count), sum(usage_hourly.cost_usd), null) as cost_usd,
    sum(usage_hourly.unpriced_count) - sum(usage_hourly.unpriced_error_count) as unpriced_count,
    if(sum(usage_hourly.cache_hit_count) > 0, sum(usage_hourly.saved_cost_usd), null) as saved_cost_usd,
    if(sum(usage_hourly.usage_count) > 0, sum(usage_hourly.input_tokens), null) as input_tokens,
    if(sum(usage_hourly.usage_count) > 0, sum(usage_hourly.output_tokens), null) as output_tokens,
    quantileInterpolatedWeightedOrNullArray(0.5)(latency_ms_values, latency_ms_counts) as latency_p50_ms,
    quantileInterpolatedWeightedOrNullArray(0.95)(latency_ms_values, latency_ms_counts) as latency_p95_ms,
    quantileInterpolatedWeightedOrNullArray(0.5)(time_to_first_token_ms_values, time_to_first_token_ms_counts)
        as time_to_first_token_p50_ms
from usage_hourly
where matching
