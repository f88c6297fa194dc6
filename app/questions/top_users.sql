-- The end users who asked most, with what they cost and how long they took on average.
select
    user_id as user_id,
    count() as request_count,
    countIf(is_error) / count() as error_share,
    sum(cost_usd) as cost_usd,
    sum(total_tokens) as total_tokens,
    avg(latency_ms) as latency_avg_ms
from requests
where matching
  and user_id is not null
group by user_id
order by
    cost_usd desc nulls last,
    request_count desc,
    user_id
limit 12
