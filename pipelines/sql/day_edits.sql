select
    toString(organization_id) as organization_id,
    toString(request_id) as request_id,
    created_at,
    toString(edit_id) as edit_id,
    name,
    value
from property_edits
where day = {day:Date}
