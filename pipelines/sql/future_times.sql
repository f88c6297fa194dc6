select count() as rows
from requests
where created_at > {until:DateTime64(6, 'UTC')}
