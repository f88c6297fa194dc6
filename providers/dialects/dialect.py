"""The dialects, which are the wire formats providers speak, and which of them is spoken at a path."""

from dataclasses import replace

from providers import event_stream
from providers.dialects import errors, paths, plain_answer, plain_input
from providers.dialects.chat_completions import conversation as chat_conversation
from providers.dialects.chat_completions import reassembly as chat_reassembly
from providers.dialects.chat_completions import request as chat_request
from providers.dialects.chat_completions import response as chat_response
from providers.dialects.cohere import conversation as cohere_conversation
from providers.dialects.cohere import reassembly as cohere_reassembly
from providers.dialects.cohere import request as cohere_request
from providers.dialects.cohere import response as cohere_response
from providers.dialects.completions import conversation as completions_conversation
from providers.dialects.completions import request as completions_request
from providers.dialects.completions import response as completions_response
from providers.dialects.converse import conversation as converse_conversation
from providers.dialects.converse import reassembly as converse_reassembly
from providers.dialects.converse import request as converse_request
from providers.dialects.converse import response as converse_response
from providers.dialects.definition import SSE, Dialect
from providers.dialects.gemini import conversation as gemini_conversation
from providers.dialects.gemini import reassembly as gemini_reassembly
from providers.dialects.gemini import request as gemini_request
from providers.dialects.gemini import response as gemini_response
from providers.dialects.invoke import conversation as invoke_conversation
from providers.dialects.invoke import response as invoke_response
from providers.dialects.messages import conversation as messages_conversation
from providers.dialects.messages import reassembly as messages_reassembly
from providers.dialects.messages import request as messages_request
from providers.dialects.messages import response as messages_response
from providers.dialects.responses import conversation as responses_conversation
from providers.dialects.responses import reassembly as responses_reassembly
from providers.dialects.responses import request as responses_request
from providers.dialects.responses import response as responses_response

__all__ = ["DIALECTS", "Dialect", "dialect_of"]

CHAT_COMPLETIONS = Dialect(
    name="chat_completions",
    parse_request=chat_request.parse_request,
    parse_response=chat_response.parse_response,
    new_stream=chat_response.ChatStream,
    reassemble=chat_reassembly.reassemble,
    messages=chat_conversation.messages,
    error_body=errors.openai_error,
    model_in_path=paths.azure_deployment,
)
RESPONSES = Dialect(
    name="responses",
    parse_request=responses_request.parse_request,
    parse_response=responses_response.parse_response,
    new_stream=responses_response.ResponsesStream,
    reassemble=responses_reassembly.reassemble,
    messages=responses_conversation.messages,
    error_body=errors.openai_error,
    model_in_path=paths.azure_deployment,
)
MESSAGES = Dialect(
    name="messages",
    parse_request=messages_request.parse_request,
    parse_response=messages_response.parse_response,
    new_stream=messages_response.MessagesStream,
    reassemble=messages_reassembly.reassemble,
    messages=messages_conversation.messages,
    error_body=errors.anthropic_error,
)

GEMINI = Dialect(
    name="gemini",
    parse_request=gemini_request.parse_request,
    parse_response=gemini_response.parse_response,
    new_stream=gemini_response.GeminiStream,
    reassemble=gemini_reassembly.reassemble,
    messages=gemini_conversation.messages,
    error_body=errors.google_error,
    model_in_path=paths.google_model,
    stream_in_path=paths.asks_for_stream,
)
GEMINI_STREAM = replace(GEMINI, stream_types=(SSE, "application/json"))
"""Gemini where a stream is asked for, which without `alt=sse` is a JSON array."""
MESSAGES_ON_VERTEX = replace(MESSAGES, model_in_path=paths.google_model, stream_in_path=paths.asks_for_stream)

CONVERSE = Dialect(
    name="converse",
    parse_request=converse_request.parse_request,
    parse_response=converse_response.parse_response,
    new_stream=converse_response.ConverseStream,
    reassemble=converse_reassembly.reassemble,
    messages=converse_conversation.messages,
    error_body=errors.amazon_error,
    stream_types=(event_stream.CONTENT_TYPE,),
    model_in_path=paths.bedrock_model,
    stream_in_path=paths.asks_for_stream,
)
INVOKE = replace(
    CONVERSE,
    name="invoke",
    parse_request=messages_request.parse_request,
    parse_response=invoke_response.parse_response,
    new_stream=invoke_response.InvokeStream,
    reassemble=invoke_conversation.reassemble,
    messages=invoke_conversation.messages,
)
"""Bedrock's older door, where bodies are those of the model's maker."""
COHERE = Dialect(
    name="cohere",
    parse_request=cohere_request.parse_request,
    parse_response=cohere_response.parse_response,
    new_stream=cohere_response.CohereStream,
    reassemble=cohere_reassembly.reassemble,
    messages=cohere_conversation.messages,
    error_body=errors.cohere_error,
)
COMPLETIONS = Dialect(
    name="completions",
    parse_request=completions_request.parse_request,
    parse_response=completions_response.parse_response,
    new_stream=completions_response.CompletionsStream,
    reassemble=completions_conversation.reassemble,
    messages=completions_conversation.messages,
    error_body=errors.openai_error,
    model_in_path=paths.azure_deployment,
)
EMBEDDINGS = Dialect(
    name="embeddings",
    parse_request=plain_input.parse_request,
    parse_response=plain_answer.parse_response,
    new_stream=plain_answer.PlainStream,
    reassemble=plain_answer.reassemble,
    messages=plain_answer.messages,
    error_body=errors.openai_error,
    model_in_path=paths.azure_deployment,
)
GEMINI_EMBEDDINGS = replace(EMBEDDINGS, error_body=errors.google_error, model_in_path=paths.google_model)
COHERE_EMBEDDINGS = replace(EMBEDDINGS, error_body=errors.cohere_error, model_in_path=None)
IMAGES = replace(EMBEDDINGS, name="images")
SPEECH = replace(EMBEDDINGS, name="speech")
TRANSCRIPTIONS = replace(EMBEDDINGS, name="transcriptions")
MODERATIONS = replace(EMBEDDINGS, name="moderations")
RERANK = replace(COHERE_EMBEDDINGS, name="rerank")

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        CHAT_COMPLETIONS,
        RESPONSES,
        MESSAGES,
        GEMINI,
        CONVERSE,
        INVOKE,
        COHERE,
        COMPLETIONS,
        EMBEDDINGS,
        IMAGES,
        SPEECH,
        TRANSCRIPTIONS,
        MODERATIONS,
        RERANK,
    )
}

_BY_ENDING: tuple[tuple[str, Dialect], ...] = (
    ("/chat/completions", CHAT_COMPLETIONS),
    ("/completions", COMPLETIONS),
    ("/responses", RESPONSES),
    ("/messages", MESSAGES),
    (":generateContent", GEMINI),
    (":streamGenerateContent", GEMINI_STREAM),
    ("/converse", CONVERSE),
    ("/converse-stream", CONVERSE),
    ("/invoke", INVOKE),
    ("/invoke-with-response-stream", INVOKE),
    ("/v2/chat", COHERE),
    ("/embeddings", EMBEDDINGS),
    (":embedContent", GEMINI_EMBEDDINGS),
    (":batchEmbedContents", GEMINI_EMBEDDINGS),
    ("/v1/embed", COHERE_EMBEDDINGS),
    ("/v2/embed", COHERE_EMBEDDINGS),
    ("/images/generations", IMAGES),
    ("/images/edits", IMAGES),
    ("/images/variations", IMAGES),
    ("/audio/speech", SPEECH),
    ("/audio/transcriptions", TRANSCRIPTIONS),
    ("/audio/translations", TRANSCRIPTIONS),
    ("/moderations", MODERATIONS),
    ("/rerank", RERANK),
)
_GOOGLES_OTHER_VERBS = (":rawPredict", ":streamRawPredict", ":predict")


def dialect_of(path: str) -> Dialect | None:
    """Returns the dialect spoken at a provider's path, by how the path ends."""
    path = path.rstrip("/")
    if path.endswith(_GOOGLES_OTHER_VERBS):
        return _dialect_on_vertex(path)
    # OpenAI's assistants keep lists of messages under their threads: another thing of the same name.
    if "/threads/" in path:
        return None
    found = next((dialect for ending, dialect in _BY_ENDING if path.endswith(ending)), None)
    return None if found in (CONVERSE, INVOKE) and "/model/" not in path else found


def _dialect_on_vertex(path: str) -> Dialect | None:
    """Vertex passes other makers' dialects through under verbs of its own, which say nothing of what is spoken."""
    if path.endswith(":predict"):
        return GEMINI_EMBEDDINGS if "embedding" in path else None
    return MESSAGES_ON_VERTEX if "/publishers/anthropic/" in path else None
