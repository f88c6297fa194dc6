-- The names of custom properties in use.
select
    arrayJoin(mapKeys(properties)) as property,
    count() as request_count
from requests
where created_at >= {start:DateTime64(6)}
group by property
order by request_count desc
limit 200
