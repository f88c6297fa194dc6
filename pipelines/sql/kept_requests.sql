-- The newest row gets a newer loaded_at than the day had, by which what is derived of the day shows that it is stale.
with kept as (
    select *
    from requests
    where toDate(created_at) = {day:Date}
        and (organization_id, request_id) not in (
            select
                organization_id,
                request_id
            from weir_staging.{doomed:Identifier}
        )
)
select * replace (
    if(
        loaded_at = (select max(loaded_at) from kept),
        (select max(loaded_at) from requests where toDate(created_at) = {day:Date}) + toIntervalMicrosecond(1),
        loaded_at
    ) as loaded_at
)
from kept
