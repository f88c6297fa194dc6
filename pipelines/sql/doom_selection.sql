-- Marks a day's requests of an organization, or of one of its users.
insert into weir_staging.{doomed:Identifier}
select
    {selection:UInt32} as selection,
    organization_id,
    request_id,
    ifNull(session_id, '') as session_id,
    true as takes_sessions
from requests
where toDate(created_at) = {day:Date}
    and organization_id = {organization_id:UUID}
    and created_at <= {until:DateTime64(6, 'UTC')}
    and ({is_whole:Bool} or ifNull(user_id = {user_id:String}, false))
