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
# # First questions
#
# Every call that went through the gateway is a row of the table `requests`, a few seconds after its answer was
# complete. This notebook asks that table the first things one wants to know: how much is going on, what it costs, how
# long people wait, what fails, and what exactly was said.
#
# It needs two environment variables, which `weir up` prints: `WEIR_API_URL` and `WEIR_API_KEY`, a key that may query.

# %%
import json

import plotly.express as px
import polars as pl

import hql

wh = hql.connect()
wh.tables()

# %% [markdown]
# `requests` is the one to begin with. Each column says what it means and in which unit it counts; unknown is always
# NULL, never zero.

# %%
wh.describe("requests").head(12)

# %% [markdown]
# ## How much is going on?
#
# One row per day. Queries are ClickHouse SQL, and `wh.sql` gives a polars frame. Values are passed by name and typed in
# the query, never pasted into its text.

# %%
daily = wh.sql(
    """
    select
        toDate(created_at) as day,
        count() as requests,
        countIf(is_error) as errors,
        uniqExact(user_id) as users,
        sum(cost_usd)::Nullable(Float64) as usd
    from requests
    where created_at >= today() - {days:UInt16}
    group by day
    order by day
    """,
    days=30,
)
daily.tail(7)

# %%
px.bar(daily.to_dict(as_series=False), x="day", y="requests", title="Requests per day")

# %% [markdown]
# Weekdays stand out from weekends if people are behind the traffic. A day that stands out from both is worth a look:
# the next sections say whether it was more use, dearer models, or errors being tried again.

# %% [markdown]
# ## What does it cost?
#
# `cost_usd` is the price of a call on the day it was made. Calls of models without a known price have none; they are
# counted beside the sum, so that nobody takes it for the whole. (The sum has a name of its own: in ClickHouse an alias
# hides the column that is called the same.)

# %%
by_model = wh.sql(
    """
    select
        ifNull(model, 'unknown') as model,
        count() as requests,
        sum(total_tokens) as tokens,
        ifNull(sum(cost_usd), 0)::Float64 as usd,
        countIf(cost_usd is null) as unpriced
    from requests
    group by model
    order by usd desc
    limit 12
    """
)
by_model

# %%
share = by_model.with_columns(
    (100 * pl.col("usd") / pl.col("usd").sum()).round(1).alias("percent of cost"),
    (100 * pl.col("requests") / pl.col("requests").sum()).round(1).alias("percent of requests"),
)
share.select("model", "percent of cost", "percent of requests")

# %% [markdown]
# Where the two percentages differ most is where money can be saved: a model that takes a small share of the requests
# and a large one of the bill is a candidate for a cheaper sibling on the easy part of its work.

# %%
px.bar(
    by_model.sort("usd").to_dict(as_series=False),
    x="usd",
    y="model",
    orientation="h",
    title="Cost by model",
    labels={"usd": "US dollars", "model": ""},
)

# %% [markdown]
# ## How long do people wait?
#
# An average hides what annoys. The 95th percentile is the wait that one call in twenty exceeds; for streams the first
# token matters more than the last. The same can be asked with the cell magic, which puts the frame into a variable.

# %%
# %load_ext hql

# %% tags=["active-ipynb"]
# %%hql -o waits
# select
#     provider,
#     count() as answers,
#     round(quantile(0.5)(latency_ms)) as p50_ms,
#     round(quantile(0.95)(latency_ms)) as p95_ms,
#     round(quantile(0.95)(time_to_first_token_ms)) as first_token_p95_ms,
#     round(sum(output_tokens) / (sum(latency_ms) / 1000), 1) as tokens_per_second
# from requests
# where not is_error and not cache_hit
# group by provider
# order by answers desc

# %%
waits

# %% [markdown]
# ## What fails?
#
# `error_type` says in our words why a call failed, `status_code` what the caller received. A burst of one kind on one
# day is an incident; a little of every kind on every day is life.

# %%
failures = wh.sql(
    """
    select toDate(created_at) as day, ifNull(error_type, 'other') as error, count() as failures
    from requests
    where is_error
    group by day, error
    order by day, error
    """
)
px.bar(failures.to_dict(as_series=False), x="day", y="failures", color="error", title="Failed calls per day, by cause")

# %% [markdown]
# ## What was said?
#
# The row holds the beginning of the question and of the answer. The bodies themselves lie in the raw log, byte for byte
# as they passed, and can be fetched by the request's id. Here is the dearest call of all.

# %%
dearest = wh.sql(
    """
    select request_id, model, total_tokens, cost_usd, request_preview, response_preview
    from requests
    where cost_usd is not null
    order by cost_usd desc
    limit 1
    """
)
dearest

# %%
for request_id in dearest["request_id"]:
    sent = json.loads(wh.body(request_id, "request"))
    print(json.dumps(sent, indent=2, ensure_ascii=False)[:1500])

# %% [markdown]
# ## Where to go from here
#
# - `wh.describe("sessions")`: what belongs together, such as a conversation or the run of an agent.
# - `properties['...']` in a query: whatever the application attached to its calls.
# - The same queries work in the dashboard and over HTTP (`POST /v1/hql`); equal ones are answered from a cache until
#   new rows arrive, and `wh.last` says how the latest answer came.

# %%
print(wh.last)
