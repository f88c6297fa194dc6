-- Of calls that a provider answered in a dialect that we parse: only there usage can be expected.
select
    count() as calls,
    countIf(input_tokens is null and output_tokens is null) as without_usage
from requests
where created_at >= {since:DateTime64(6, 'UTC')}
  and step_kind = 'llm'
  and dialect is not null
  and status_code between 200 and 299
  and error_type is null
  and not cache_hit
