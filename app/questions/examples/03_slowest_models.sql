-- Latency and time to first token by model
select
    model,
    count() as requests,
    quantile(0.5)(latency_ms) as p50_ms,
    quantile(0.95)(latency_ms) as p95_ms,
    quantile(0.5)(time_to_first_token_ms) as first_token_p50_ms
from requests
where not is_error
group by model
having requests > 20
order by p95_ms desc
