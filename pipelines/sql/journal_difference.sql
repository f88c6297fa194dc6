with journaled as (
    select
        segment,
        argMax(row_count, loaded_at) as row_count
    from loads
    where day = {day:Date}
    group by segment
),
loaded as (
    select
        segment,
        count() as row_count
    from requests
    where toDate(created_at) = {day:Date}
    group by segment
)
select count() as segments
from journaled
join loaded on loaded.segment = journaled.segment
where loaded.row_count != journaled.row_count
