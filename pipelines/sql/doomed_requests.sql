select
    segment,
    count() as rows
from requests
where toDate(created_at) = {day:Date}
    and (organization_id, request_id) in (
        select
            organization_id,
            request_id
        from weir_staging.{doomed:Identifier}
    )
group by segment
