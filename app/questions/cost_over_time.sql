-- What each model cost in each bucket of time; a model without a known price has no cost, which is not 0.
select
    toDateTime(intDiv(toUnixTimestamp(created_at), {step:UInt32}) * {step:UInt32}, 'UTC') as bucket,
    ifNull(model, '') as model,
    sum(cost_usd) as cost_usd
from requests
where matching
  and requests.cost_usd is not null
group by
    bucket,
    model
order by
    bucket,
    model
