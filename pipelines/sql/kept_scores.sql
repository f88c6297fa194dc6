select *
from scores
where day = {day:Date}
    and not (
        (organization_id, ifNull(request_id, toUUID('00000000-0000-0000-0000-000000000000'))) in (
            select
                organization_id,
                request_id
            from weir_staging.{doomed:Identifier}
        )
        or request_id is null
        and (organization_id, ifNull(session_id, '')) in (
            select
                organization_id,
                session_id
            from weir_staging.{doomed:Identifier}
            where takes_sessions
        )
    )
