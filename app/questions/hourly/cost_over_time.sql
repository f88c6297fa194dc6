-- What each model cost in each bucket of time; a model without a known price has no cost, which is not 0.
select
    toDateTime(intDiv(toUnixTimestamp(hour), {step:UInt32}) * {step:UInt32}, 'UTC') as bucket,
    model,
    sum(usage_hourly.cost_usd) as cost_usd
from usage_hourly
where matching
group by
    bucket,
    model
having sum(usage_hourly.unpriced_count) < sum(usage_hourly.request_count)
order by
    bucket,
    model
