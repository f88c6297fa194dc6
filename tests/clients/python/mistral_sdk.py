"""mistralai: chat, streamed and not."""

from answers import GATEWAY, KEY, QUESTION, got
from mistralai.client import Mistral

client = Mistral(api_key=KEY, server_url=f"{GATEWAY}/mistral")
asked = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": QUESTION}],
    "http_headers": {"x-upstream-usage-unasked": "true"},
}
got("chat", client.chat.complete(**asked).choices[0].message.content)
got("chat stream", "".join(event.data.choices[0].delta.content or "" for event in client.chat.stream(**asked)))
