-- How much of the input comes from the prompt cache
select
    toStartOfDay(created_at) as day,
    model,
    sum(cache_read_tokens) / sum(input_tokens) as cached_share
from requests
where input_tokens > 0
group by
    day,
    model
order by
    day,
    model
