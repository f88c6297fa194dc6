select 1
from property_edits
where day = {day:Date}
  and segment = {segment:String}
limit 1
