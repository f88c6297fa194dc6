"""What OpenAI's responses API says of responses made before: whole, by their input, cancelled, deleted."""

from typing import Any

import msgspec

from weir.upstream import responses
from weir.upstream.answer import Answer
from weir.upstream.exchange import Kept, NotThere, Question, Reply


def keep(kept: Kept, answer: Answer, request: responses.Request) -> None:
    """Remembers a response; what it says is written only when somebody asks."""
    kept.responses[f"resp_{answer.id}"] = (answer, request)


def response(question: Question) -> Reply:
    """Returns a response, or deletes it."""
    answer, request = _find(question)
    if question.method != "DELETE":
        return Reply(responses.body(answer, request))
    del question.kept.responses[question.route.id]
    return _json({"id": question.route.id, "object": "response", "deleted": True})


def response_cancel(question: Question) -> Reply:
    answer, request = _find(question)
    return _json(msgspec.json.decode(responses.body(answer, request)) | {"status": "cancelled"})


def response_input_items(question: Question) -> Reply:
    _, request = _find(question)
    given = msgspec.json.decode(request.input)
    if isinstance(given, str):
        given = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": given}]}]
    items = [{"id": f"msg_{i:024x}", **item} for i, item in enumerate(given)]
    ends = {"first_id": items[0]["id"], "last_id": items[-1]["id"]} if items else {}
    return _json({"object": "list", "data": items, "has_more": False, **ends})


def _find(question: Question) -> tuple[Answer, responses.Request]:
    known: tuple[Answer, responses.Request] | None = question.kept.responses.get(question.route.id)
    if known is None:
        raise NotThere(f"Response with id '{question.route.id}' not found.")
    return known


def _json(value: Any) -> Reply:
    return Reply(msgspec.json.encode(value))
