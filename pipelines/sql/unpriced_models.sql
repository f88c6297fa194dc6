select
    concat(provider, ' ', ifNull(model, ''), if(service_tier is null, '', concat(' at tier ', service_tier))) as name,
    count() as unpriced
from requests
where created_at >= {since:DateTime64(6, 'UTC')}
    and (input_tokens is not null or output_tokens is not null)
    and cost_usd is null
group by name
order by unpriced desc, name
limit 10
