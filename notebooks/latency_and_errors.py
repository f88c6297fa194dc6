# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Latency and errors
#
# What do people wait for, and what do they not get? The table `requests` has the time to the first token and to the
# last, our own share of it (`gateway_ms`), and a reason in one word for whatever failed.

# %%
import plotly.express as px

import hql

wh = hql.connect()
days = 14

# %% [markdown]
# ## How long do people wait?
#
# Answers from the cache and failures are left out: both are fast, and would flatter the rest.

# %%
waits = wh.sql(
    """
    select
        provider,
        ifNull(model, 'unknown') as model,
        count() as answers,
        round(quantile(0.5)(latency_ms)) as p50_ms,
        round(quantile(0.95)(latency_ms)) as p95_ms,
        round(quantile(0.99)(latency_ms)) as p99_ms,
        round(quantileIf(0.95)(time_to_first_token_ms, is_stream)) as first_token_p95_ms,
        round(avg(gateway_ms), 1) as gateway_ms_on_average
    from requests
    where created_at >= today() - {days:UInt16} and not is_error and not cache_hit
    group by provider, model
    having answers >= 20
    order by p95_ms desc
    """,
    days=days,
)
waits

# %% [markdown]
# ## Since when?
#
# A percentile of a whole fortnight hides the bad hour in it.

# %%
hours = wh.sql(
    """
    select toStartOfHour(created_at) as hour, provider, round(quantile(0.95)(latency_ms)) as p95_ms
    from requests
    where created_at >= today() - {days:UInt16} and not is_error and not cache_hit
    group by hour, provider
    having count() >= 5
    order by hour
    """,
    days=days,
)
px.line(hours.to_dict(as_series=False), x="hour", y="p95_ms", color="provider", title="95th percentile by hour, ms")

# %% [markdown]
# ## Slow, or just long?
#
# A long answer takes long. What is left when the number of written tokens is taken out is the speed of the model:
# tokens in a second, after the first one came.

# %%
wh.sql(
    """
    select
        ifNull(model, 'unknown') as model,
        round(avg(output_tokens)) as tokens_written,
        round(median(output_tokens / ((latency_ms - time_to_first_token_ms) / 1000))) as tokens_per_second
    from requests
    where created_at >= today() - {days:UInt16}
        and is_stream and output_tokens > 20 and latency_ms > time_to_first_token_ms + 50
    group by model
    order by tokens_per_second
    """,
    days=days,
)

# %% [markdown]
# ## What fails?

# %%
errors = wh.sql(
    """
    select
        ifNull(error_type, 'other') as error,
        provider,
        status_code,
        count() as failures,
        uniqExact(user_id) as users,
        max(created_at) as latest,
        any(error_message) as for_example
    from requests
    where created_at >= today() - {days:UInt16} and is_error
    group by error, provider, status_code
    order by failures desc
    """,
    days=days,
)
errors

# %%
rate = wh.sql(
    """
    select
        toStartOfInterval(created_at, interval 6 hour) as since,
        provider,
        round(100 * countIf(is_error) / count(), 2) as percent_failed
    from requests
    where created_at >= today() - {days:UInt16}
    group by since, provider
    order by since
    """,
    days=days,
)
px.line(rate.to_dict(as_series=False), x="since", y="percent_failed", color="provider", title="Failed calls, percent")

# %% [markdown]
# ## What did a failure cost the people who met it?
#
# Somebody who asks again within a minute and gets an answer lost a minute. Somebody who does not come back was lost.

# %%
wh.sql(
    """
    with calls as (
        select
            user_id,
            is_error,
            created_at,
            leadInFrame(created_at) over next_call as next_at,
            leadInFrame(is_error) over next_call as next_failed
        from requests
        where created_at >= today() - {days:UInt16} and user_id is not null
        window next_call as (
            partition by user_id order by created_at rows between current row and 1 following
        )
    )
    select
        multiIf(
            next_at <= created_at, 'never came back',
            next_at > created_at + interval 1 minute, 'came back later',
            next_failed, 'asked again, and failed again',
            'asked again, and got an answer'
        ) as what_then,
        count() as times
    from calls
    where is_error
    group by what_then
    order by times desc
    """,
    days=days,
)
