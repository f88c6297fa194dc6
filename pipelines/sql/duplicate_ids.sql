select count() as ids
from (
    select
        organization_id,
        request_id
    from requests
    where created_at >= {since:DateTime64(6, 'UTC')}
    group by
        organization_id,
        request_id
    having count() > 1
)
