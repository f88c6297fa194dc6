-- Who spends most
select
    user_id,
    count() as requests,
    uniq(session_id) as sessions,
    sum(cost_usd) as usd
from requests
where user_id is not null
group by user_id
order by usd desc nulls last
limit 20
