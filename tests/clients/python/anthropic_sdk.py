"""anthropic: messages, counting tokens, and the list of models."""

import anthropic
from answers import ANTHROPIC_MODEL, GATEWAY, KEY, QUESTION, got

client = anthropic.Anthropic(base_url=GATEWAY, api_key=KEY, max_retries=0)
asked = {"model": ANTHROPIC_MODEL, "max_tokens": 200, "messages": [{"role": "user", "content": QUESTION}]}

got("messages", client.messages.create(**asked).content[0].text)
with client.messages.stream(**asked) as stream:
    got("messages stream", "".join(stream.text_stream))
asked.pop("max_tokens")
got("count tokens", str(client.messages.count_tokens(**asked).input_tokens))
got("models", str(len(list(client.models.list()))))
