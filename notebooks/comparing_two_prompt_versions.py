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
# # Comparing two prompt versions
#
# A prompt was changed and some users have the new one. Is it better, dearer, slower? The application says which prompt
# and version a call was made with (`prompt_id`, `prompt_version`); an evaluator and the users themselves say what the
# answers were worth (`latest_scores`, `feedback`).

# %%
import math

import plotly.express as px
import polars as pl

import hql

wh = hql.connect()

# %%
prompts = wh.sql(
    """
    select prompt_id, prompt_version, count() as requests, uniqExact(user_id) as users, min(created_at) as since
    from requests
    where prompt_id is not null
    group by prompt_id, prompt_version
    order by prompt_id, prompt_version
    """
)
prompts

# %%
prompt_id = prompts.sort("requests")["prompt_id"][-1]
old, new = sorted(prompts.filter(pl.col("prompt_id") == prompt_id)["prompt_version"].to_list(), key=int)[-2:]
print(f"prompt {prompt_id}: version {old} against version {new}")

# %% [markdown]
# ## Dearer, slower, longer?
#
# Both versions in the same days, so that a slow afternoon of the provider hits both.

# %%
figures = wh.sql(
    """
    select
        prompt_version as version,
        count() as requests,
        round(100 * countIf(is_error) / count(), 2) as percent_failed,
        round(quantile(0.5)(latency_ms)) as p50_ms,
        round(quantile(0.95)(latency_ms)) as p95_ms,
        round(avg(input_tokens)) as input_tokens,
        round(avg(output_tokens)) as output_tokens,
        round(sum(cost_usd)::Float64 / count() * 1000, 3) as usd_per_thousand
    from requests
    where prompt_id = {prompt_id:String} and prompt_version in {versions:Array(String)}
        and created_at >= today() - 30
    group by version
    order by version
    """,
    prompt_id=prompt_id,
    versions=[old, new],
)
figures.transpose(include_header=True, header_name="figure", column_names="version")

# %% [markdown]
# ## Better?
#
# A difference of averages means little without what chance alone would make. The interval is that of 95 percent: if it
# holds zero, nothing is shown yet.

# %%
scores = wh.sql(
    """
    select
        s.name as score,
        r.prompt_version as version,
        count() as judged,
        avg(s.value) as mean,
        varSamp(s.value) as variance
    from latest_scores as s
    join requests as r on r.request_id = s.request_id
    where r.prompt_id = {prompt_id:String} and r.prompt_version in {versions:Array(String)} and s.value is not null
    group by score, version
    having judged > 1
    order by score, version
    """,
    prompt_id=prompt_id,
    versions=[old, new],
)
before, after = (scores.filter(pl.col("version") == version).drop("version") for version in (old, new))
compared = before.join(after, on="score", suffix="_new").with_columns(
    difference=pl.col("mean_new") - pl.col("mean"),
    chance=1.96 * (pl.col("variance") / pl.col("judged") + pl.col("variance_new") / pl.col("judged_new")).sqrt(),
)
compared.select("score", "judged", "judged_new", "mean", "mean_new", "difference", "chance")

# %%
px.scatter(
    compared.to_dict(as_series=False),
    x="difference",
    y="score",
    error_x="chance",
    title=f"Version {new} minus version {old}, with what chance makes",
).add_vline(0, line_dash="dot")

# %% [markdown]
# ## How many more would settle it?
#
# Judging four times as many halves the interval. This is how many each version needs until a difference of two
# hundredths would show.

# %%
for row in compared.iter_rows(named=True):
    needed = math.ceil((1.96 / 0.02) ** 2 * ((row["variance"] or 0) + (row["variance_new"] or 0)))
    print(f"{row['score']}: judged {row['judged']} and {row['judged_new']}, needed {needed:,} of each")

# %% [markdown]
# ## What were the worst answers of the new version?
#
# Numbers say that something is worse, and reading says what. These are the ones to read first.

# %%
wh.sql(
    """
    select
        s.value as helpfulness,
        r.request_preview as asked,
        r.response_preview as answered,
        r.request_id as request_id
    from latest_scores as s
    join requests as r on r.request_id = s.request_id
    where r.prompt_id = {prompt_id:String} and r.prompt_version = {version:String} and s.name = 'helpfulness'
    order by s.value, r.request_id
    limit 5
    """,
    prompt_id=prompt_id,
    version=new,
)
