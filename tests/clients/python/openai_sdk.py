"""openai: chat completions, responses, embeddings, and the list of models."""

import openai
from answers import GATEWAY, KEY, OPENAI_MODEL, QUESTION, got

client = openai.OpenAI(base_url=f"{GATEWAY}/v1", api_key=KEY, max_retries=0)
messages = [{"role": "user", "content": QUESTION}]

answer = client.chat.completions.create(model=OPENAI_MODEL, messages=messages)
got("chat", answer.choices[0].message.content)

chunks = client.chat.completions.create(model=OPENAI_MODEL, messages=messages, stream=True)
got("chat stream", "".join(chunk.choices[0].delta.content or "" for chunk in chunks))

got("responses", client.responses.create(model=OPENAI_MODEL, input=QUESTION).output_text)
with client.responses.stream(model=OPENAI_MODEL, input=QUESTION) as events:
    got("responses stream", events.get_final_response().output_text)

embedded = client.embeddings.create(model="text-embedding-3-small", input=[QUESTION])
got("embeddings", str(len(embedded.data[0].embedding)))
got("models", str(len(list(client.models.list()))))
