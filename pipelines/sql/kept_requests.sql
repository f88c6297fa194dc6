select *
from requests
where toDate(created_at) = {day:Date}
    and not (organization_id, request_id) in (
        select
            organization_id,
            request_id
        from weir_staging.{doomed:Identifier}
    )
