"""traceloop-sdk (OpenLLMetry): an instrumented OpenAI client inside a workflow, its spans exported to the gateway."""

import openai
from answers import GATEWAY, KEY, OPENAI_MODEL, QUESTION, got
from traceloop.sdk import Traceloop
from traceloop.sdk.decorators import task, workflow
from traceloop.sdk.instruments import Instruments

Traceloop.init(
    app_name="survey",
    api_endpoint=GATEWAY,
    headers={"Authorization": f"Bearer {KEY}"},
    disable_batch=True,
    telemetry_enabled=False,
    instruments={Instruments.OPENAI},
)
client = openai.OpenAI(base_url=f"{GATEWAY}/v1", api_key=KEY, max_retries=0)


@task(name="ask")
def ask() -> str:
    messages = [{"role": "user", "content": QUESTION}]
    return client.chat.completions.create(model=OPENAI_MODEL, messages=messages).choices[0].message.content or ""


@workflow(name="survey")
def survey() -> str:
    Traceloop.set_association_properties({"user_id": "ada", "session_id": "s-traced"})
    return ask()


got("chat", survey())
