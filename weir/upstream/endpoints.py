"""What each endpoint answers."""

from collections.abc import Callable
from typing import Any

import msgspec

from providers.event_stream import CONTENT_TYPE
from weir.upstream import (
    azure,
    batches,
    chat_completions,
    cohere,
    completions,
    converse,
    embeddings,
    files,
    gemini,
    invoke,
    media,
    messages,
    models,
    responses,
    stored_responses,
)
from weir.upstream.exchange import EVENTS, Question, Reply, Stream

_FRAMES = CONTENT_TYPE.encode()


def answer(question: Question) -> Reply | Stream:
    """Answers a question; raises msgspec.DecodeError or NotThere."""
    return _ENDPOINTS[question.route.endpoint](question)


def _chat(question: Question) -> Reply | Stream:
    answered = _generated(question, chat_completions)
    return azure.with_filter_results(answered) if question.vendor.name == "azure" else answered


def _generated(
    question: Question, dialect: Any, content_type: bytes = EVENTS, *, is_stream: bool | None = None
) -> Reply | Stream:
    """Answers with a text or calls of tools, in one of the dialects that carry conversations."""
    request = dialect.request_decoder.decode(question.body)
    answer = request.answer(question.model, question.behaviour)
    if request.stream if is_stream is None else is_stream:
        error = dialect.error_event(question.vendor.error(500, ""))
        return Stream(dialect.events(answer, request, question.behaviour), error, answer.id, content_type)
    return Reply(dialect.body(answer, request), id=answer.id)


def _responses(question: Question) -> Reply | Stream:
    request = responses.request_decoder.decode(question.body)
    answer = request.answer(question.model, question.behaviour)
    stored_responses.keep(question.kept, answer, request)
    if request.stream:
        error = responses.error_event(question.vendor.error(500, ""))
        return Stream(responses.events(answer, request, question.behaviour), error, answer.id)
    return Reply(responses.body(answer, request), id=answer.id)


def _messages_on_vertex(question: Question) -> Reply | Stream:
    request = invoke.request_decoder.decode(question.body)
    answer = request.answer(question.model, question.behaviour)
    if question.route.is_stream:
        error = messages.error_event(question.vendor.error(500, ""))
        return Stream(messages.events(answer, request, question.behaviour), error, answer.id)
    return Reply(messages.body(answer, request), id=answer.id)


def _gemini(question: Question) -> Reply | Stream:
    request = gemini.request_decoder.decode(question.body)
    answer = request.answer(question.model, question.behaviour)
    if not question.route.is_stream:
        return Reply(gemini.body(answer, request), id=answer.id)
    error = question.vendor.error(500, "")
    if b"alt=sse" in question.scope["query_string"]:
        events = gemini.events(answer, request, question.behaviour)
        return Stream(events, gemini.error_event(error), answer.id, b"text/event-stream")
    events = gemini.array(answer, request, question.behaviour)
    return Stream(events, gemini.error_in_array(error), answer.id, b"application/json; charset=UTF-8")


def _count_tokens(question: Question) -> Reply:
    request = messages.request_decoder.decode(question.body)
    return Reply(msgspec.json.encode({"input_tokens": max(len(request.messages) // 4, 1)}))


def _google_count_tokens(question: Question) -> Reply:
    request = gemini.request_decoder.decode(question.body)
    total = max(len(request.contents) // 4, 1)
    details = [{"modality": "TEXT", "tokenCount": total}]
    return Reply(msgspec.json.encode({"totalTokens": total, "promptTokensDetails": details}))


def _models(question: Question) -> Reply:
    name, id = question.vendor.name, question.route.id
    if question.vendor.family == "anthropic":
        return Reply(models.anthropic_model(id) if id else models.anthropic_models(name))
    return Reply(models.openai_model(id, name) if id else models.openai_models(name))


_ENDPOINTS: dict[str, Callable[[Question], Reply | Stream]] = {
    "chat_completions": _chat,
    "completions": lambda question: _generated(question, completions),
    "responses": _responses,
    "response": stored_responses.response,
    "response_cancel": stored_responses.response_cancel,
    "response_input_items": stored_responses.response_input_items,
    "messages": lambda question: _generated(question, messages),
    "messages_on_vertex": _messages_on_vertex,
    "count_tokens": _count_tokens,
    "message_batches": batches.message_batches,
    "message_batch": batches.message_batch,
    "message_batch_cancel": batches.message_batch_cancel,
    "message_batch_results": batches.message_batch_results,
    "gemini": _gemini,
    "google_count_tokens": _google_count_tokens,
    "google_embed": lambda question: Reply(embeddings.google_body(question.body, question.route.endpoint)),
    "google_batch_embed": lambda question: Reply(embeddings.google_body(question.body, question.route.endpoint)),
    "google_predict": lambda question: Reply(embeddings.google_body(question.body, question.route.endpoint)),
    "converse": lambda question: _generated(question, converse, _FRAMES, is_stream=question.route.is_stream),
    "invoke": lambda question: _generated(question, invoke, _FRAMES, is_stream=question.route.is_stream),
    "cohere": lambda question: _generated(question, cohere),
    "cohere_embed": lambda question: Reply(embeddings.cohere_body(question.body)),
    "rerank": lambda question: media.rerank(question.body),
    "embeddings": lambda question: Reply(embeddings.body(question.body, question.model)),
    "images": lambda question: media.images(question.body, question.behaviour),
    "speech": lambda question: media.speech(question.body),
    "transcriptions": lambda question: media.transcriptions(question.body, question.behaviour),
    "moderations": lambda question: media.moderations(question.body, question.model),
    "files": files.files,
    "file": files.file,
    "file_content": files.file_content,
    "batches": batches.batches,
    "batch": batches.batch,
    "batch_cancel": batches.batch_cancel,
    "models": _models,
    "model": _models,
    "google_models": lambda question: Reply(models.google_models(question.vendor.name)),
    "google_model": lambda question: Reply(models.google_model(question.route.id)),
}
