select
    toString(organization_id) as organization_id,
    session_id,
    session_name,
    step_kind,
    created_at,
    completed_at,
    is_error,
    cache_hit,
    status_code,
    user_id,
    provider,
    model,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    reasoning_tokens,
    cost_usd,
    saved_cost_usd,
    latency_ms,
    time_to_first_token_ms,
    loaded_at
from requests
where toDate(created_at) = {day:Date}
    and cityHash64(organization_id) % {slices:UInt32} = {slice:UInt32}
