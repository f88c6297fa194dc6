-- The models asked most, with what they cost and how long they took.
select
    model as model,
    sum(usage_hourly.request_count) as request_count,
    sum(usage_hourly.error_count) / sum(usage_hourly.request_count) as error_share,
    if(sum(usage_hourly.unpriced_count) < sum(usage_hourly.request_count), sum(usage_hourly.cost_usd), null) as cost_usd,
    if(sum(usage_hourly.usage_count) > 0, sum(usage_hourly.total_tokens), null) as total_tokens,
    quantileInterpolatedWeightedOrNullArray(0.5)(latency_ms_values, latency_ms_counts) as latency_p50_ms
from usage_hourly
where matching
group by model
having sum(usage_hourly.request_count) > 0
order by
    cost_usd desc nulls last,
    request_count desc,
    model
limit 12
