-- Why requests failed, the commonest reason first.
select
    ifNull(error_type, 'other') as error_type,
    status_code,
    count() as request_count
from requests
where matching
  and is_error
group by
    error_type,
    status_code
order by request_count desc
limit 12
