"""google-genai: generateContent, streamed and not, and embeddings."""

from answers import GATEWAY, GEMINI_MODEL, KEY, QUESTION, got
from google import genai
from google.genai import types

client = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=GATEWAY))

got("generate", client.models.generate_content(model=GEMINI_MODEL, contents=QUESTION).text)
parts = client.models.generate_content_stream(model=GEMINI_MODEL, contents=QUESTION)
got("generate stream", "".join(part.text or "" for part in parts))
