create table weir_staging.{doomed:Identifier}
(
    selection UInt32,
    organization_id UUID,
    request_id UUID,
    session_id String,
    takes_sessions Bool
)
engine = MergeTree
order by (organization_id, request_id)
