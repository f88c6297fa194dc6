with states as (
    select
        toDate(created_at) as day,
        max(loaded_at) as newest_loaded_at
    from requests
    group by day
    union all
    select
        toDate(hour) as day,
        max(loaded_at) as newest_loaded_at
    from usage_hourly
    group by day
)
select day
from states
group by day
having count() < 2 or uniqExact(newest_loaded_at) > 1
order by day desc
