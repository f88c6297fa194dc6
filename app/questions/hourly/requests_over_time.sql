-- How many requests came in each bucket of time, by class of their HTTP status.
select
    toDateTime(intDiv(toUnixTimestamp(hour), {step:UInt32}) * {step:UInt32}, 'UTC') as bucket,
    status_class,
    sum(usage_hourly.request_count) as request_count
from usage_hourly
where matching
group by
    bucket,
    status_class
having request_count > 0
order by
    bucket,
    status_class
