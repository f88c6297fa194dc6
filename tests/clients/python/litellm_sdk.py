"""LiteLLM's SDK: as an OpenAI client, as an Anthropic client, and by its own `helicone/` prefix."""

import litellm
from answers import ANTHROPIC_MODEL, GATEWAY, KEY, OPENAI_MODEL, QUESTION, got

litellm.telemetry = False
messages = [{"role": "user", "content": QUESTION}]
for name, model, base in (
    ("chat", f"openai/{OPENAI_MODEL}", f"{GATEWAY}/v1"),
    ("messages", f"anthropic/{ANTHROPIC_MODEL}", GATEWAY),
    ("helicone", f"helicone/{OPENAI_MODEL}", f"{GATEWAY}/v1"),
):
    asked = {"model": model, "messages": messages, "api_base": base, "api_key": KEY, "num_retries": 0}
    got(name, litellm.completion(**asked).choices[0].message.content)
    chunks = litellm.completion(**asked, stream=True)
    got(f"{name} stream", "".join(chunk.choices[0].delta.content or "" for chunk in chunks))
