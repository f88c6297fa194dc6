-- The latest failures
select
    created_at,
    provider,
    model,
    status_code,
    error_type,
    error_message,
    request_id
from requests
where is_error
order by created_at desc
limit 100
