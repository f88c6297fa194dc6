select distinct segment
from property_edits
where day = {day:Date}
  and segment in {segments:Array(String)}
