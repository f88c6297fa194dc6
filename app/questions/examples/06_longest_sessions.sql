-- The longest sessions
select
    session_id,
    min(started_at) as started,
    sum(request_count) as requests,
    sum(error_count) as errors,
    sum(input_tokens + output_tokens) as tokens,
    sum(cost_usd) as usd
from sessions
group by session_id
order by requests desc
limit 50
