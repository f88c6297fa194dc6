-- Requests and errors by day
select
    toDate(created_at) as day,
    count() as requests,
    countIf(is_error) as errors,
    round(100 * countIf(is_error) / count(), 2) as error_percent
from requests
group by day
order by day
