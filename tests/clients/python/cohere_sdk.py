"""cohere: chat, streamed and not."""

import cohere
from answers import GATEWAY, KEY, QUESTION, got

client = cohere.ClientV2(api_key=KEY, base_url=f"{GATEWAY}/cohere")
asked = {"model": "command-a-03-2025", "messages": [{"role": "user", "content": QUESTION}]}
got("chat", client.chat(**asked).message.content[0].text)
deltas = [event.delta.message.content.text for event in client.chat_stream(**asked) if event.type == "content-delta"]
got("chat stream", "".join(deltas))
