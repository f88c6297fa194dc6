select 1
from scores
where day = {day:Date}
  and segment = {segment:String}
limit 1
