-- Marks requests that the day has no more and of which something is said: they were deleted before it arrived.
insert into weir_staging.{doomed:Identifier}
select
    {selection:UInt32} as selection,
    organization_id,
    request_id,
    '' as session_id,
    false as takes_sessions
from (
    select
        organization_id,
        assumeNotNull(request_id) as request_id
    from scores
    where day = {day:Date}
        and organization_id = {organization_id:UUID}
        and created_at <= {until:DateTime64(6, 'UTC')}
        and request_id is not null
    union all
    select
        organization_id,
        request_id
    from property_edits
    where day = {day:Date}
        and organization_id = {organization_id:UUID}
        and created_at <= {until:DateTime64(6, 'UTC')}
)
where request_id not in (
    select request_id
    from requests
    where toDate(created_at) = {day:Date}
        and organization_id = {organization_id:UUID}
)
