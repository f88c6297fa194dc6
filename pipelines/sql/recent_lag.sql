select
    count() as segments,
    quantile(0.95)(lag_ms) as p95_lag_ms
from loads
where loaded_at >= {since:DateTime64(6, 'UTC')}
  and row_count > 0
  -- Demo data are loaded long after the times they tell of.
  and segment not like '%-demo-%'
