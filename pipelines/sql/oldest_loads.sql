select
    toDate(created_at) as day,
    min(loaded_at) as oldest_loaded_at
from requests
group by day
