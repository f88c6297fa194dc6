-- Cost by the values of a custom property
select
    properties[{property:String}] as value,
    count() as requests,
    sum(cost_usd) as usd
from requests
where mapContains(properties, {property:String})
group by value
order by usd desc nulls last
