"""Where the conventions for spans of LLM applications keep their facts, as data.

    OpenTelemetry   https://github.com/open-telemetry/semantic-conventions-genai, and what it called things before
    OpenLLMetry     Traceloop's `opentelemetry-semantic-conventions-ai` 0.4 and 0.5
    OpenInference   https://github.com/Arize-ai/openinference, spec/semantic_conventions.md
    Vercel          the AI SDK's telemetry

Spans mix them: instrumentations write the old names beside the new, and one's names inside another's spans. So each
fact is looked for under every convention's names, in this order, and the first that is there is taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache

from warehouse.record import StepKind

Names = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Convention:
    """The attributes of one convention, by the fact they tell."""

    name: str
    kinds: Mapping[str, Mapping[str, StepKind]] = field(default_factory=dict)
    """What a span's kind is by the value, in small letters, of an attribute."""
    provider: Names = ()
    server_address: Names = ()
    request_model: Names = ()
    response_model: Names = ()
    operation: Names = ()
    is_stream: Names = ()
    input_tokens: Names = ()
    output_tokens: Names = ()
    cache_read_tokens: Names = ()
    cache_write_tokens: Names = ()
    reasoning_tokens: Names = ()
    input_audio_tokens: Names = ()
    output_audio_tokens: Names = ()
    cost_usd: Names = ()
    service_tier: Names = ()
    first_chunk_seconds: Names = ()
    first_chunk_ms: Names = ()
    response_id: Names = ()
    finish_reason: Names = ()
    user_id: Names = ()
    session_id: Names = ()
    session_name: Names = ()
    path: Names = ()
    step_name: Names = ()
    prompt_id: Names = ()
    prompt_version: Names = ()
    input: Names = ()
    """What went into a step, as one value."""
    output: Names = ()
    property_prefixes: Names = ()
    """Attributes below these are the application's own labels."""


OPENTELEMETRY = Convention(
    name="OpenTelemetry",
    kinds={
        "gen_ai.operation.name": {
            **dict.fromkeys(("chat", "text_completion", "generate_content", "embeddings", "llm_request"), "llm"),
            **dict.fromkeys(("create_agent", "invoke_agent"), "agent"),
            **dict.fromkeys(("retrieval", "vector_db_retrieve"), "retrieval"),
            "execute_tool": "tool",
            "execute_task": "task",
            "invoke_workflow": "workflow",
        }
    },
    provider=("gen_ai.provider.name", "gen_ai.system"),
    server_address=("server.address",),
    request_model=("gen_ai.request.model",),
    response_model=("gen_ai.response.model",),
    operation=("gen_ai.operation.name",),
    is_stream=("gen_ai.request.stream",),
    input_tokens=("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
    output_tokens=("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    cache_read_tokens=("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"),
    cache_write_tokens=("gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens"),
    reasoning_tokens=("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"),
    cost_usd=("gen_ai.usage.cost",),
    service_tier=("openai.response.service_tier", "gen_ai.openai.response.service_tier"),
    first_chunk_seconds=("gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token"),
    response_id=("gen_ai.response.id",),
    finish_reason=("gen_ai.response.finish_reasons",),
    user_id=("user.id", "enduser.id"),
    session_id=("session.id", "gen_ai.conversation.id"),
    session_name=("gen_ai.workflow.name",),
    step_name=("gen_ai.tool.name", "gen_ai.agent.name", "gen_ai.workflow.name", "gen_ai.data_source.id"),
    prompt_id=("gen_ai.prompt.name",),
    input=("gen_ai.tool.call.arguments", "gen_ai.retrieval.query.text"),
    output=("gen_ai.tool.call.result", "gen_ai.retrieval.documents"),
)

OPENLLMETRY = Convention(
    name="OpenLLMetry",
    kinds={
        "traceloop.span.kind": {"workflow": "workflow", "task": "task", "agent": "agent", "tool": "tool"},
        "llm.request.type": dict.fromkeys(("chat", "completion", "embedding", "rerank"), "llm"),
    },
    operation=("llm.request.type",),
    is_stream=("gen_ai.is_streaming", "llm.is_streaming"),
    input_tokens=("llm.usage.prompt_tokens",),
    output_tokens=("llm.usage.completion_tokens",),
    reasoning_tokens=("llm.usage.reasoning_tokens",),
    finish_reason=("gen_ai.response.finish_reason", "llm.response.finish_reason", "llm.response.stop_reason"),
    user_id=("gen_ai.user", "llm.user", "traceloop.association.properties.user_id"),
    session_id=(
        *("traceloop.association.properties.session_id", "traceloop.association.properties.conversation_id"),
        *("traceloop.association.properties.chat_id", "traceloop.association.properties.thread_id"),
    ),
    session_name=("traceloop.workflow.name",),
    path=("traceloop.entity.path",),
    step_name=("traceloop.entity.name", "db.system", "mcp.method.name"),
    prompt_id=("traceloop.prompt.key",),
    prompt_version=("traceloop.prompt.version",),
    input=("traceloop.entity.input", "mcp.request.argument"),
    output=("traceloop.entity.output", "mcp.response.value"),
    property_prefixes=("traceloop.association.properties.",),
)

OPENINFERENCE = Convention(
    name="OpenInference",
    kinds={
        "openinference.span.kind": {
            "llm": "llm",
            "embedding": "llm",
            "chain": "workflow",
            "retriever": "retrieval",
            "reranker": "retrieval",
            "tool": "tool",
            "agent": "agent",
            "guardrail": "guardrail",
            "evaluator": "evaluation",
            "prompt": "task",
        }
    },
    provider=("llm.provider", "llm.system"),
    request_model=("llm.request.model_name",),
    response_model=("llm.response.model_name", "llm.model_name", "embedding.model_name"),
    operation=("openinference.span.kind",),
    input_tokens=("llm.token_count.prompt",),
    output_tokens=("llm.token_count.completion",),
    cache_read_tokens=("llm.token_count.prompt_details.cache_read",),
    cache_write_tokens=("llm.token_count.prompt_details.cache_write",),
    reasoning_tokens=("llm.token_count.completion_details.reasoning",),
    input_audio_tokens=("llm.token_count.prompt_details.audio",),
    output_audio_tokens=("llm.token_count.completion_details.audio",),
    cost_usd=("llm.cost.total",),
    finish_reason=("llm.finish_reason",),
    step_name=("tool.name", "agent.name", "graph.node.name"),
    prompt_id=("prompt.id",),
    input=("input.value",),
    output=("output.value",),
    property_prefixes=("metadata",),
)

VERCEL = Convention(
    name="Vercel",
    kinds={
        "ai.operationId": {
            **{
                f"ai.{call}.{inner}": "llm"
                for call, inner in (
                    *(("generatetext", "dogenerate"), ("streamtext", "dostream"), ("generateobject", "dogenerate")),
                    *(("streamobject", "dostream"), ("embed", "doembed"), ("embedmany", "doembed")),
                )
            },
            **{
                f"ai.{call}": "workflow"
                for call in ("generatetext", "streamtext", "generateobject", "streamobject", "embed", "embedmany")
            },
            "ai.toolcall": "tool",
        }
    },
    provider=("ai.model.provider",),
    request_model=("ai.model.id",),
    response_model=("ai.response.model",),
    input_tokens=("ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens"),
    output_tokens=("ai.usage.outputTokens", "ai.usage.completionTokens"),
    cache_read_tokens=("ai.usage.cachedInputTokens",),
    reasoning_tokens=("ai.usage.reasoningTokens",),
    first_chunk_ms=("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"),
    response_id=("ai.response.id",),
    finish_reason=("ai.response.finishReason",),
    user_id=("ai.telemetry.metadata.userId",),
    session_id=("ai.telemetry.metadata.sessionId",),
    step_name=("ai.toolCall.name", "ai.telemetry.functionId"),
    input=("ai.toolCall.args", "ai.prompt", "ai.value", "ai.values"),
    output=("ai.toolCall.result", "ai.response.text", "ai.response.object"),
    property_prefixes=("ai.telemetry.metadata.",),
)

CONVENTIONS = (OPENTELEMETRY, OPENLLMETRY, OPENINFERENCE, VERCEL)

# An instrumentation that names the kind outright knows better than the call that it wraps.
KINDS: tuple[tuple[str, Mapping[str, StepKind]], ...] = tuple(
    (attribute, kinds)
    for convention in (OPENINFERENCE, VERCEL, OPENLLMETRY, OPENTELEMETRY)
    for attribute, kinds in convention.kinds.items()
)

VECTOR_STORES = frozenset({"chroma", "lancedb", "marqo", "milvus", "pgvector", "pinecone", "qdrant", "weaviate"})
"""Values of `db.system` whose spans are retrievals."""

CHUNK_EVENTS = frozenset(
    {
        "gen_ai.content.completion.chunk",
        "llm.content.completion.chunk",
        "First Token Stream Event",
        "ai.stream.firstChunk",
    }
)
"""Events that mark a piece of a streamed answer; the first of them is its first content."""

PARAMETERS: Mapping[str, str] = {
    **{
        f"gen_ai.request.{name}": name
        for name in ("temperature", "top_p", "top_k", "max_tokens", "seed", "frequency_penalty", "presence_penalty")
    },
    "gen_ai.request.choice.count": "n",
    "gen_ai.request.stop_sequences": "stop",
    "gen_ai.request.reasoning_effort": "reasoning_effort",
    "llm.frequency_penalty": "frequency_penalty",
    "llm.presence_penalty": "presence_penalty",
}
"""What is put back into a rebuilt request, under the name that chat completions have for it."""


@cache
def names_of(fact: str) -> Names:
    """Returns the attributes that tell a fact, in every convention's words."""
    assert fact in {each.name for each in fields(Convention)}
    return tuple(name for convention in CONVENTIONS for name in getattr(convention, fact))
