-- What the filters offer: models in the order they first appeared, so that a model keeps its colour when others join.
select
    ifNull(model, '') as model,
    any(provider) as provider,
    min(created_at) as first_at,
    count() as request_count
from requests
where created_at >= {start:DateTime64(6)}
group by model
order by
    first_at,
    model
limit 500
