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
# # One session replayed
#
# Calls that belong together carry one `session_id`: a conversation, or the run of an agent. This notebook takes the
# session that cost most lately, lays its calls out in time, and reads again what was said, word for word, from the raw
# log.

# %%
import json
from datetime import UTC

import plotly.express as px

import hql

wh = hql.connect()

# %% [markdown]
# ## Which one?

# %%
sessions = wh.sql(
    """
    select session_id, session_name, started_at, request_count, error_count, cost_usd::Float64 as usd
    from sessions
    where day >= today() - 30 and request_count between 3 and 12
    order by cost_usd desc
    limit 5
    """
)
sessions

# %%
session_id = sessions["session_id"][0]
calls = wh.sql(
    """
    select
        request_id,
        created_at,
        completed_at,
        ifNull(session_path, step_name) as step,
        ifNull(model, 'unknown') as model,
        status_code,
        is_error,
        input_tokens,
        cache_read_tokens,
        output_tokens,
        cost_usd::Float64 as usd,
        latency_ms,
        tool_names,
        request_preview,
        response_preview
    from requests
    where session_id = {session_id:String}
    order by created_at
    """,
    session_id=session_id,
)
calls.select("created_at", "step", "model", "input_tokens", "output_tokens", "usd", "tool_names")

# %% [markdown]
# ## In time
#
# A bar for each call. Gaps between bars are the application's own: its tools, its people.

# %%
px.timeline(
    calls.with_columns(call=calls["step"].fill_null("call")).to_dict(as_series=False),
    x_start="created_at",
    x_end="completed_at",
    y="call",
    color="model",
    title=f"Session {session_id}",
)

# %% [markdown]
# ## Why was it dear?
#
# An agent sends everything again with every step. What the provider read from its cache is the part it gave a discount
# on.

# %%
px.bar(
    {
        "step": [f"{number}. {step or 'call'}" for number, step in enumerate(calls["step"], start=1)] * 2,
        "tokens": [
            *(calls["input_tokens"] - calls["cache_read_tokens"].fill_null(0)).to_list(),
            *calls["cache_read_tokens"].fill_null(0).to_list(),
        ],
        "input": ["read anew"] * calls.height + ["read from the cache"] * calls.height,
    },
    x="step",
    y="tokens",
    color="input",
    title="What each call made the model read",
)

# %% [markdown]
# ## What was said?
#
# The bodies are what really passed, byte for byte.


# %%
def text_of(content):
    """The words of a message, whatever shape its provider gives it."""
    if isinstance(content, str) or content is None:
        return content or ""
    return " ".join(part.get("text") or part.get("content") or f"[{part['type']}]" for part in content)


last = json.loads(wh.body(calls["request_id"][-1], "request"))
for message in last["messages"]:
    said = text_of(message.get("content")) or ", ".join(
        f"calls {call['function']['name']}" for call in message.get("tool_calls", [])
    )
    print(f"{message['role']:>10}: {said[:160]}")

# %% [markdown]
# The answer to it, as the table previews it, and when the session was over:

# %%
print(calls["response_preview"][-1])
print(calls["completed_at"][-1].astimezone(UTC).isoformat(timespec="seconds"))
