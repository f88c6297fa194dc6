"""Which provider of the catalogue a report means.

Sources: OpenTelemetry's values of `gen_ai.provider.name` and the older `gen_ai.system`, OpenLLMetry's `GenAISystem`,
OpenInference's `llm.provider` and `llm.system`, Helicone's upper-case names.
"""

import re

from gateway.targets.doors import UNKNOWN
from providers.catalog import Catalog

_SAME = {
    "amazon": "bedrock",
    "aws": "bedrock",
    "aws.bedrock": "bedrock",
    "az.ai.inference": "azure",
    "az.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "azure_openai": "azure",
    "fireworks_ai": "fireworks",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "gcp.vertex_ai": "vertex",
    "gemini": "google",
    "google_genai": "google",
    "google_generativeai": "google",
    "googleapis": "google",
    "hugging_face": "huggingface",
    "ibm.watsonx.ai": "watsonx",
    "local": UNKNOWN,
    "meta": "meta-llama",
    "mistral_ai": "mistral",
    "mistralai": "mistral",
    "moonshot_ai": "moonshot",
    "oai": "openai",
    "openai.chat": "openai",
    "openai.responses": "openai",
    "together_ai": "together",
    "togetherai": "together",
    "vertex_ai": "vertex",
    "vertexai": "vertex",
    "x": "xai",
    "x_ai": "xai",
}
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def provider_id(name: str | None, catalog: Catalog) -> str:
    """Returns the id of a named provider; its own name where the catalogue lacks it, `custom` for none."""
    lowered = (name or "").strip().lower().replace(" ", "_")
    known = _SAME.get(lowered, lowered)
    provider = catalog.get(known) or catalog.get(known.replace("_", "-"))
    if provider is not None:
        return provider.id
    return known if _NAME.fullmatch(known) else UNKNOWN
