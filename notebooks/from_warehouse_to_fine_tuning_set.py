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
# # From warehouse to a fine-tuning set
#
# A small model can learn a narrow task from the answers of a large one. The answers are here already, and so is what
# people thought of them: this notebook chooses the good ones, reads their bodies from the raw log, and writes the JSON
# Lines that providers take for fine-tuning.

# %%
import json
import tempfile
from pathlib import Path

import polars as pl

import hql

wh = hql.connect()
directory = Path(tempfile.mkdtemp(prefix="fine-tuning-"))

# %% [markdown]
# ## Which calls are good examples?
#
# Of one prompt, finished by themselves, judged as helpful, with no thumb down, and each question once.

# %%
# %load_ext hql

# %% tags=["active-ipynb"]
# %%hql -o chosen
# select
#     r.request_id as request_id,
#     r.model as model,
#     r.request_preview as asked,
#     r.response_preview as answered,
#     s.value as helpfulness
# from requests as r
# join latest_scores as s on s.request_id = r.request_id and s.name = 'helpfulness'
# left join feedback as f on f.request_id = r.request_id
# where r.prompt_id = 'support-answer'
#     and r.dialect = 'chat_completions'
#     and r.finish_reason = 'stop'
#     and not r.is_error
#     and not r.request_body_truncated
#     and s.value >= 0.8
#     and (f.request_id is null or f.rating)
# order by cityHash64(asked), helpfulness desc, request_id
# limit 1 by asked
# limit 200

# %%
chosen.describe()

# %% [markdown]
# ## The examples themselves
#
# A preview is cut; a body is what passed, byte for byte. That of a stream is its events, so the answer is put together
# from their pieces.


# %%
def answer_in(body):
    """The words of an answer, whole or in events."""
    events = [json.loads(line[6:]) for line in body.decode().splitlines() if line.startswith("data: {")]
    if not events:
        return json.loads(body)["choices"][0]["message"]["content"]
    return "".join(choice["delta"].get("content") or "" for event in events for choice in event["choices"])


def example(request_id):
    """One line of the set: the conversation, and the answer to learn."""
    asked = json.loads(wh.body(request_id, "request"))["messages"]
    return {"messages": [*asked, {"role": "assistant", "content": answer_in(wh.body(request_id, "response"))}]}


examples = [example(request_id) for request_id in chosen["request_id"][:40]]
print(f"{len(examples)} examples, {sum(len(each['messages']) for each in examples)} messages")

# %% [markdown]
# ## Nothing that should not be learnt
#
# Whatever is in the set can come out of the model again. Look for what must not: here addresses and long numbers.

# %%
texts = pl.Series([json.dumps(each) for each in examples])
pl.DataFrame(
    {
        "what": ["mail address", "number of nine digits and more"],
        "examples": [int(texts.str.contains(pattern).sum()) for pattern in (r"[\w.]+@[\w.]+\.\w+", r"\b\d{9,}\b")],
    }
)

# %% [markdown]
# ## Written, a part held back
#
# Every fifth is kept for judging the result.

# %%
parts = {"validation": examples[::5], "training": [each for at, each in enumerate(examples) if at % 5]}
for name, part in parts.items():
    path = directory / f"{name}.jsonl"
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in part))
    print(f"{path.name}: {len(part)} examples, {path.stat().st_size:,} bytes")

# %% [markdown]
# ## More than fits into memory
#
# `wh.export` has the server write all rows of a query into a file, however many there are. Here it is the list of
# everything that would qualify, to choose from at leisure.

# %%
path = wh.export(
    """
    select request_id, model, request_preview, response_preview
    from requests
    where prompt_id is not null and finish_reason = 'stop' and created_at >= today() - {days:UInt16}
    """,
    directory / "candidates.parquet",
    days=30,
)
pl.scan_parquet(path).group_by("model").len().sort("len", descending=True).collect()
