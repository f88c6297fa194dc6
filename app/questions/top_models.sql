-- The models asked most, with what they cost and how long they took.
select
    ifNull(model, '') as model,
    count() as request_count,
    countIf(is_error) / count() as error_share,
    sum(cost_usd) as cost_usd,
    sum(total_tokens) as total_tokens,
    quantile(0.5)(latency_ms) as latency_p50_ms
from requests
where matching
group by model
order by
    cost_usd desc nulls last,
    request_count desc,
    model
limit 12
