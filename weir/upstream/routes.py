"""Which endpoint a path means, by how it ends; what stands before is a vendor's base path, whatever it is.

/openai/v1/chat/completions, /zai/api/paas/v4/chat/completions     a credential is demanded
/v1/chat/completions, /v1beta/models/…, /v2/chat, /model/…/converse  the demo provider, without one
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Family = Literal["openai", "anthropic", "google", "amazon", "cohere"]
"""Whose way of writing, in answers and in errors."""


@dataclass(frozen=True)
class Route:
    """One endpoint, with what the path itself says."""

    endpoint: str
    family: Family
    base: str
    """The path's first segment, which names the provider; `demo` where there is none."""
    model: str = ""
    """The model, in dialects that name it in the path."""
    is_stream: bool = False
    id: str = ""
    """What is asked for, such as a file."""

    @property
    def is_demo(self) -> bool:
        return self.base == "demo"


_ID = r"(?P<id>[^/]+)"
_PATTERNS: tuple[tuple[Family, str, str], ...] = (
    ("openai", "chat_completions", r"/chat/completions"),
    ("openai", "completions", r"/completions"),
    ("openai", "responses", r"/responses"),
    ("openai", "response_cancel", rf"/responses/{_ID}/cancel"),
    ("openai", "response_input_items", rf"/responses/{_ID}/input_items"),
    ("openai", "response", rf"/responses/{_ID}"),
    ("openai", "embeddings", r"/embeddings"),
    ("openai", "images", r"/images/(?:generations|edits|variations)"),
    ("openai", "speech", r"/audio/speech"),
    ("openai", "transcriptions", r"/audio/(?:transcriptions|translations)"),
    ("openai", "moderations", r"/moderations"),
    ("openai", "file_content", rf"/files/{_ID}/content"),
    ("openai", "file", rf"/files/{_ID}"),
    ("openai", "files", r"/files"),
    ("anthropic", "message_batch_results", rf"/messages/batches/{_ID}/results"),
    ("anthropic", "message_batch_cancel", rf"/messages/batches/{_ID}/cancel"),
    ("anthropic", "message_batch", rf"/messages/batches/{_ID}"),
    ("anthropic", "message_batches", r"/messages/batches"),
    ("anthropic", "count_tokens", r"/messages/count_tokens"),
    ("anthropic", "messages", r"/messages"),
    (
        "anthropic",
        "messages_on_vertex",
        r"/publishers/anthropic/models/(?P<model>[^/]+):(?:raw|(?P<stream>streamRaw))Predict",
    ),
    ("openai", "batch_cancel", rf"/batches/{_ID}/cancel"),
    ("openai", "batch", rf"/batches/{_ID}"),
    ("openai", "batches", r"/batches"),
    ("google", "gemini", r"/models/(?P<model>[^/]+):(?:generateContent|(?P<stream>streamGenerateContent))"),
    ("google", "google_count_tokens", r"/models/(?P<model>[^/]+):countTokens"),
    ("google", "google_embed", r"/models/(?P<model>[^/]+):embedContent"),
    ("google", "google_batch_embed", r"/models/(?P<model>[^/]+):batchEmbedContents"),
    ("google", "google_predict", r"/models/(?P<model>[^/]+):predict"),
    ("google", "google_model", rf"/v1beta/models/{_ID}"),
    ("google", "google_models", r"/v1beta/models"),
    ("amazon", "converse", r"/model/(?P<model>.+)/converse(?P<stream>-stream)?"),
    ("amazon", "invoke", r"/model/(?P<model>.+)/invoke(?P<stream>-with-response-stream)?"),
    ("cohere", "cohere", r"/v2/chat"),
    ("cohere", "cohere_embed", r"/v2/embed"),
    ("cohere", "rerank", r"/rerank"),
    ("openai", "model", rf"/models/{_ID}"),
    ("openai", "models", r"/models"),
    ("anthropic", "model", rf"/models/{_ID}"),
    ("anthropic", "models", r"/models"),
)
_COMPILED = tuple(
    (family, endpoint, re.compile(rf"(?P<before>.*){pattern}/?")) for family, endpoint, pattern in _PATTERNS
)
_DEMO = re.compile(r"/(?:v1|v1beta|v2|model)(?:/|$)")
_OWN = {"openai": "openai", "anthropic": "anthropic"}
"""Vendors that answer in their own family only."""
_AZURE = re.compile(r"/deployments/([^/]+)$")


@lru_cache(maxsize=4096)
def find(path: str) -> Route | None:
    """Returns the endpoint at a path, or None if there is none."""
    base = "demo" if _DEMO.match(path) else path.lstrip("/").partition("/")[0]
    for family, endpoint, pattern in _COMPILED:
        found = pattern.fullmatch(path)
        if found is None or _OWN.get(base, family) != family:
            continue
        said = found.groupdict()
        deployment = _AZURE.search(said["before"])
        return Route(
            endpoint=endpoint,
            family=family,
            base=base,
            model=said.get("model") or (deployment[1] if deployment is not None else ""),
            is_stream=bool(said.get("stream")),
            id=said.get("id") or "",
        )
    return None
