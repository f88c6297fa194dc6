-- Tokens in each bucket of time, in four parts that add up to all of them.
select
    toDateTime(intDiv(toUnixTimestamp(created_at), {step:UInt32}) * {step:UInt32}, 'UTC') as bucket,
    sum(input_tokens) - sum(ifNull(cache_read_tokens, 0)) as input_uncached,
    sum(ifNull(cache_read_tokens, 0)) as input_cached,
    sum(output_tokens) - sum(ifNull(reasoning_tokens, 0)) as output_visible,
    sum(ifNull(reasoning_tokens, 0)) as reasoning
from requests
where matching
  and input_tokens is not null
  and output_tokens is not null
group by bucket
order by bucket
