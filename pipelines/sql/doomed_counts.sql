select
    selection,
    count() as requests
from weir_staging.{doomed:Identifier}
group by selection
