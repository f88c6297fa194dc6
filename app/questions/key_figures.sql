-- The figures at the top of the overview, for one period.
select
    count() as request_count,
    countIf(is_error) as error_count,
    countIf(cache_hit) as cache_hit_count,
    sum(cost_usd) as cost_usd,
    countIf(requests.cost_usd is null and not is_error) as unpriced_count,
    sum(saved_cost_usd) as saved_cost_usd,
    sum(input_tokens) as input_tokens,
    sum(output_tokens) as output_tokens,
    quantile(0.5)(latency_ms) as latency_p50_ms,
    quantile(0.95)(latency_ms) as latency_p95_ms,
    quantile(0.5)(time_to_first_token_ms) as time_to_first_token_p50_ms
from requests
where matching
