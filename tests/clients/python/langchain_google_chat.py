"""langchain-google-genai: generateContent, invoked and streamed."""

from answers import GATEWAY, GEMINI_MODEL, KEY, QUESTION, got
from langchain_google_genai import ChatGoogleGenerativeAI

model = ChatGoogleGenerativeAI(model=GEMINI_MODEL, api_key=KEY, base_url=GATEWAY, max_retries=1)
got("generate", model.invoke(QUESTION).text)
got("generate stream", "".join(chunk.text for chunk in model.stream(QUESTION)))
