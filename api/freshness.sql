select
    max(loaded_at) as last_loaded_at,
    max(created_at) as last_created_at,
    count() as row_count,
    countIf(loaded_at > now() - interval 1 hour) as recent_count,
    quantileIf(0.5)(
        dateDiff('millisecond', completed_at, loaded_at), loaded_at > now() - interval 1 hour
    ) as lag_ms_p50,
    quantileIf(0.95)(
        dateDiff('millisecond', completed_at, loaded_at), loaded_at > now() - interval 1 hour
    ) as lag_ms_p95
from requests
