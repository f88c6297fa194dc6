-- Cost by model
select
    model,
    count() as requests,
    sum(total_tokens) as tokens,
    sum(cost_usd) as usd
from requests
where created_at >= now() - interval {days:UInt16} day
group by model
order by usd desc nulls last
