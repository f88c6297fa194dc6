select count() as rows
from requests
where toDate(created_at) = {day:Date}
