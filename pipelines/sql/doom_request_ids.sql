-- Marks those of the named requests that the day has.
insert into weir_staging.{doomed:Identifier}
select
    {selection:UInt32} as selection,
    organization_id,
    request_id,
    '' as session_id,
    false as takes_sessions
from requests
where toDate(created_at) = {day:Date}
    and organization_id = {organization_id:UUID}
    and created_at <= {until:DateTime64(6, 'UTC')}
    and request_id in (
        select request_id
        from weir_staging.{named:Identifier}
        where selection = {selection:UInt32}
    )
