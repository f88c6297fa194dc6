select
    segment,
    max(loaded_at) as newest_loaded_at
from requests
where toDate(created_at) = {day:Date}
group by segment
