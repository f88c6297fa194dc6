select
    segment,
    count() as rows,
    groupArray(toString(edit_id)) as ids
from property_edits
where day = {day:Date}
    and (organization_id, request_id) in (
        select
            organization_id,
            request_id
        from weir_staging.{doomed:Identifier}
    )
group by segment
