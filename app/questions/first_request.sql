-- Whether anything has ever arrived.
select
    count() as request_count,
    max(created_at) as last_at
from requests
