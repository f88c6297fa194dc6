-- Models whose calls have no known cost though their usage is known, with their share of all calls of the period.
select
    provider,
    model,
    tier,
    unpriced_count,
    unpriced_count / all_count as request_share,
    input_tokens,
    output_tokens,
    last_at
from (
    select
        *,
        sum(call_count) over () as all_count
    from (
        select
            provider,
            ifNull(model, '') as model,
            ifNull(service_tier, '') as tier,
            count() as call_count,
            countIf(cost_usd is null) as unpriced_count,
            sumIf(input_tokens, cost_usd is null) as input_tokens,
            sumIf(output_tokens, cost_usd is null) as output_tokens,
            maxIf(created_at, cost_usd is null) as last_at
        from requests
        where
            step_kind = 'llm'
            and usage_source != 'none'
            and created_at >= {start:DateTime64(6)}
            and created_at < {end:DateTime64(6)}
        group by
            provider,
            model,
            tier
    ) as by_model
) as of_all
where unpriced_count > 0
order by unpriced_count desc
limit 50
