select distinct toDate(created_at) as day
from requests
where organization_id = {organization_id:UUID}
    and created_at <= {until:DateTime64(6, 'UTC')}
    and ({is_whole:Bool} or ifNull(user_id = {user_id:String}, false))
