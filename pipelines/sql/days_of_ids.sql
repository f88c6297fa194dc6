select distinct toDate(created_at) as day
from requests
where organization_id = %(organization_id)s
    and request_id in %(request_ids)s
    and created_at <= %(until)s
