-- Tokens in each bucket of time, in four parts that add up to all of them.
select
    toDateTime(intDiv(toUnixTimestamp(hour), {step:UInt32}) * {step:UInt32}, 'UTC') as bucket,
    sum(input_tokens) - sum(cache_read_tokens) as input_uncached,
    sum(cache_read_tokens) as input_cached,
    sum(output_tokens) - sum(reasoning_tokens) as output_visible,
    sum(reasoning_tokens) as reasoning
from usage_hourly
where matching
group by bucket
having sum(usage_count) > 0
order by bucket
