select
    toString(organization_id) as organization_id,
    toString(request_id) as request_id
from requests
where organization_id in %(organization_ids)s
  and request_id in %(request_ids)s
  and toDate(created_at) != %(except_day)s
