select name
from system.tables
where database = {database:String}
  and startsWith(name, {prefix:String})
