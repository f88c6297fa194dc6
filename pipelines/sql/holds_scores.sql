select distinct segment
from scores
where day = {day:Date}
  and segment in {segments:Array(String)}
