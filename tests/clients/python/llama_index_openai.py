"""LlamaIndex: its OpenAI model and the one for OpenAI-like servers."""

from answers import GATEWAY, KEY, OPENAI_MODEL, QUESTION, got
from llama_index.core.llms import ChatMessage
from llama_index.llms.openai import OpenAI
from llama_index.llms.openai_like import OpenAILike

for name, made in (("openai", OpenAI), ("openai-like", OpenAILike)):
    options = {"is_chat_model": True} if made is OpenAILike else {}
    model = made(model=OPENAI_MODEL, api_base=f"{GATEWAY}/v1", api_key=KEY, max_retries=0, **options)
    messages = [ChatMessage(role="user", content=QUESTION)]
    got(f"{name} chat", model.chat(messages).message.content)
    got(f"{name} stream", "".join(part.delta or "" for part in model.stream_chat(messages)))
