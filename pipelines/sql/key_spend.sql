-- Calls that were refused by a limit used nothing, and what came from the cache used no tokens.
select
    toString(api_key_id) as api_key_id,
    toStartOfHour(created_at) as hour,
    extract(segment, '/[0-9A-Z]{26}-([a-z0-9-]+)[.]ndjson') as writer,
    count() as request_count,
    sumIf(ifNull(input_tokens, 0) + ifNull(output_tokens, 0), not cache_hit) as token_count,
    toInt64(sum(ifNull(cost_usd, 0)) * 1000000) as cost_microusd
from requests
where toDate(created_at) = %(day)s
    and source = 'gateway'
    and rate_limit_policy is null
    and api_key_id in %(key_ids)s
group by api_key_id, hour, writer
order by api_key_id, hour, writer
