-- Segments of which every line is known to be a row.
select segment
from loads
where day = {day:Date}
group by segment
having argMax(rejected_count, loaded_at) = 0
    and argMax(duplicate_count, loaded_at) = 0
