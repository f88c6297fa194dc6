select distinct segment
from loads
where day = {day:Date}
  and row_count = 0
