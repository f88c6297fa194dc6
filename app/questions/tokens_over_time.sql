-- Tokens in each bucket of time, in four parts that add up to all of them.
select
    toDateTime(intDiv(toUnixTimestamp(created_at), {step:UInt32}) * {step:UInt32}, 'UTC') as bucket,
    sum(ifNull(input_tokens, 0)) - sum(ifNull(cache_read_tokens, 0)) as input_uncached,
    sum(ifNull(cache_read_tokens, 0)) as input_cached,
    sum(ifNull(output_tokens, 0)) - sum(ifNull(reasoning_tokens, 0)) as output_visible,
    sum(ifNull(reasoning_tokens, 0)) as reasoning
from requests
where matching
  and (input_tokens is not null or output_tokens is not null)
group by bucket
order by bucket
