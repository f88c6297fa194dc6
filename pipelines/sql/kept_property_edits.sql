select *
from property_edits
where day = {day:Date}
    and not (organization_id, request_id) in (
        select
            organization_id,
            request_id
        from weir_staging.{doomed:Identifier}
    )
