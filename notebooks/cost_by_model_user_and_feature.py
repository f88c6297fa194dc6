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
# # Cost by model, user and feature
#
# Where does the money go? A call's price is known from its tokens and the day's rates; what it was for is known from
# what the application said of it: the user, and properties such as the feature. This notebook cuts the bill in these
# three ways and ends with the question that matters, what a user of each feature costs.

# %%
import plotly.express as px
import polars as pl

import hql

wh = hql.connect()
days = 30

# %% [markdown]
# ## The bill
#
# Sums come with a count of the calls that have no price: unknown is not free.

# %%
wh.sql(
    """
    select
        count() as requests,
        ifNull(sum(cost_usd), 0)::Float64 as usd,
        countIf(cost_usd is null and not is_error) as unpriced,
        ifNull(sum(saved_cost_usd), 0)::Float64 as saved_by_cache
    from requests
    where created_at >= today() - {days:UInt16}
    """,
    days=days,
)

# %%
daily = wh.sql(
    """
    select toDate(created_at) as day, ifNull(model, 'unknown') as model, sum(cost_usd)::Float64 as usd
    from requests
    where created_at >= today() - {days:UInt16} and cost_usd is not null
    group by day, model
    order by day, usd desc
    """,
    days=days,
)
px.bar(daily.to_dict(as_series=False), x="day", y="usd", color="model", title="US dollars per day")

# %% [markdown]
# A day that towers over its neighbours has one cause more often than many: look which colour grew.
#
# ## By model
#
# The price of a million tokens as it was really paid, prompt caches and dear outputs included, says more than a price
# list does.

# %%
wh.sql(
    """
    select
        ifNull(model, 'unknown') as model,
        count() as requests,
        sum(cost_usd)::Float64 as usd,
        round(usd / sum(total_tokens) * 1e6, 2) as usd_per_million_tokens,
        round(100 * sum(cache_read_tokens) / sum(input_tokens)) as percent_read_from_cache
    from requests
    where created_at >= today() - {days:UInt16} and cost_usd is not null
    group by model
    order by usd desc
    """,
    days=days,
)

# %% [markdown]
# ## By user
#
# Use is never spread evenly. The curve says which share of the bill the dearest users make together.

# %%
users = wh.sql(
    """
    select user_id, count() as requests, sum(cost_usd)::Float64 as usd
    from requests
    where created_at >= today() - {days:UInt16} and user_id is not null and cost_usd is not null
    group by user_id
    order by usd desc
    """,
    days=days,
).with_columns(
    (100 * pl.int_range(1, pl.len() + 1) / pl.len()).alias("percent of users"),
    (100 * pl.col("usd").cum_sum() / pl.col("usd").sum()).alias("percent of cost"),
)
users.head(5)

# %%
px.area(
    users.to_dict(as_series=False), x="percent of users", y="percent of cost", title="Who makes the bill, dearest first"
)

# %% [markdown]
# ## By feature
#
# `properties['feature']` is what the application sent as the header `Weir-Property-Feature`. Use your own name there.

# %%
features = wh.sql(
    """
    select
        if(properties['feature'] = '', 'not said', properties['feature']) as feature,
        count() as requests,
        uniqExact(user_id) as users,
        sum(cost_usd)::Float64 as usd,
        round(usd / requests * 1000, 2) as usd_per_thousand_requests,
        round(usd / nullIf(users, 0), 2) as usd_per_user
    from requests
    where created_at >= today() - {days:UInt16} and cost_usd is not null
    group by feature
    order by usd desc
    """,
    days=days,
)
features

# %%
px.bar(
    features.sort("usd_per_user").to_dict(as_series=False),
    x="usd_per_user",
    y="feature",
    orientation="h",
    title=f"What one user of a feature costs in {days} days",
    labels={"usd_per_user": "US dollars", "feature": ""},
)

# %% [markdown]
# If a feature is sold for less than its bar is long, a cheaper model for the easy part of its work is the first thing
# to try: the notebook `comparing_two_prompt_versions` shows how to tell whether quality suffers.
