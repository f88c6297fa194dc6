-- How many requests came in each bucket of time, by class of their HTTP status.
select
    toDateTime(intDiv(toUnixTimestamp(created_at), {step:UInt32}) * {step:UInt32}, 'UTC') as bucket,
    if(status_code is null, 'none', concat(toString(intDiv(status_code, 100)), 'xx')) as status_class,
    count() as request_count
from requests
where matching
group by
    bucket,
    status_class
order by
    bucket,
    status_class
