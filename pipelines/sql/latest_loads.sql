select *
from loads
where day = {day:Date}
order by loaded_at desc
limit 1 by segment
