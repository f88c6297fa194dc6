"""What paths say that bodies leave out: the model, and whether a stream is wanted.

Google    /v1beta/models/{model}:streamGenerateContent     the same behind a project on Vertex
Bedrock   /model/{model}/converse-stream                   percent-encoded, a name or an ARN
Azure     /openai/deployments/{deployment}/chat/completions
"""

import re
from urllib.parse import unquote

_GOOGLE = re.compile(r"/(?:models|tunedModels|endpoints)/([^/]+):[A-Za-z]+/?$")
_BEDROCK = re.compile(r"/model/(.+)/(?:converse|converse-stream|invoke|invoke-with-response-stream)/?$")
_AZURE = re.compile(r"/deployments/([^/]+)/")
_STREAMS = (":streamGenerateContent", ":streamRawPredict", "/converse-stream", "/invoke-with-response-stream")
_MOST_CHARS = 512


def google_model(path: str) -> str | None:
    """Reads the model before a verb such as `:generateContent`."""
    return _model(_GOOGLE, path)


def bedrock_model(path: str) -> str | None:
    """Reads the model, or the ARN of an inference profile."""
    return _model(_BEDROCK, path)


def azure_deployment(path: str) -> str | None:
    """Reads the deployment, which is what a model is called there."""
    return _model(_AZURE, path)


def asks_for_stream(path: str) -> bool:
    """Tells whether the path is one that streams."""
    return path.rstrip("/").endswith(_STREAMS)


def _model(pattern: re.Pattern[str], path: str) -> str | None:
    found = pattern.search(path)
    return unquote(found[1])[:_MOST_CHARS] if found is not None else None
