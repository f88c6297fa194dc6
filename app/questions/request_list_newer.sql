-- One page of requests, oldest first: the page before another one, upside down.
select
    request_id,
    created_at,
    status_code,
    is_error,
    error_type,
    provider,
    model,
    user_id,
    session_id,
    latency_ms,
    time_to_first_token_ms,
    input_tokens,
    output_tokens,
    cost_usd,
    cache_hit,
    ifNull(request_preview, '') as request_preview,
    ifNull(response_preview, '') as response_preview
from requests
where matching
order by
    created_at,
    request_id
limit {page_size:UInt32}
