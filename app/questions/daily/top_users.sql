-- The end users who asked most, with what they cost and how long they took on average.
select
    user_id as user_id,
    sum(calls) as request_count,
    sum(failed) / sum(calls) as error_share,
    if(sum(unpriced) < sum(calls), sum(cost), null) as cost_usd,
    if(sum(counted) > 0, sum(tokens), null) as total_tokens,
    sum(duration_ms) / nullIf(sum(timed), 0) as latency_avg_ms
from (
    select
        user_id,
        request_count as calls,
        error_count as failed,
        cost_usd as cost,
        unpriced_count as unpriced,
        total_tokens as tokens,
        usage_count as counted,
        latency_ms_sum as duration_ms,
        latency_count as timed
    from users_daily
    where matching
    union all
    -- The period begins and ends within a day.
    select
        assumeNotNull(user_id) as user_id,
        1 as calls,
        toUInt64(is_error) as failed,
        ifNull(cost_usd, 0) as cost,
        toUInt64(cost_usd is null) as unpriced,
        ifNull(total_tokens, 0) as tokens,
        toUInt64(coalesce(input_tokens, output_tokens) is not null) as counted,
        ifNull(latency_ms, 0) as duration_ms,
        toUInt64(latency_ms is not null) as timed
    from requests
    where step_kind = 'llm'
        and user_id is not null
        and toStartOfHour(created_at) >= {start:DateTime64(6)}
        and toStartOfHour(created_at) < {end:DateTime64(6)}
        and toDate(created_at) in (toDate({start:DateTime64(6)}), toDate({end:DateTime64(6)}))
) as parts
group by user_id
order by
    cost_usd desc nulls last,
    request_count desc,
    user_id
limit 12
