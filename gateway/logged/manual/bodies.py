"""The two bodies of a log as they are kept, and which dialect they are in.

Log libraries hand on a stream as its text, or as its chunks with newlines between them; both are kept as the events of
a stream, so that it reads like one that the gateway carried.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.logged.manual.form import Form
from providers.dialects.dialect import DIALECTS, Dialect, dialect_of
from providers.dialects.stored_stream import events_of, is_stream
from providers.lenient import decode_object

_FAILURE = "Traceback (most recent call last):"
"""How the response begins that helicone-helpers logs for a call that raised; its status says 200 all the same."""

_BEHIND_FAILURE = re.compile(r"\n\n(?!During handling of|The above exception|Traceback )")

_Object = Mapping[str, Any]
_SHAPES: tuple[tuple[str, Callable[[_Object], bool]], ...] = (
    ("messages", lambda answer: answer.get("type") in ("message", "message_start")),
    (
        "responses",
        lambda answer: answer.get("object") == "response" or str(answer.get("type")).startswith("response."),
    ),
    ("chat_completions", lambda answer: "choices" in answer),
    ("gemini", lambda answer: "candidates" in answer or "usageMetadata" in answer),
)
"""How the answers of the dialects look, or the first events of their streams."""

_REQUESTS: tuple[tuple[str, Callable[[_Object], bool]], ...] = (
    ("chat_completions", lambda request: isinstance(request.get("messages"), list)),
    ("gemini", lambda request: isinstance(request.get("contents"), list)),
)
"""How requests look; asked where the answer is in no dialect. Responses' `input` is many other things' too."""


@dataclass(frozen=True)
class Bodies:
    """What was sent and what came back."""

    request: bytes
    request_object: _Object
    response: bytes
    response_object: _Object
    """Empty for a stream and for plain text."""
    is_stream: bool
    failure: str | None
    """What the library says of a call that raised."""
    dialect: Dialect | None


def bodies_of(form: Form, provider: str) -> Bodies:
    """Reads the bodies of a log."""
    request = bytes(form.provider_request.json)
    request_object = decode_object(request)
    text = form.provider_response.text_body
    failure, text = _without_failure(text) if text else (None, text)
    events = _as_events(text) if text else None
    if events is not None:
        response, response_object = events.encode("utf-8", "replace"), next(events_of(events), {})
    elif text:
        response = text.encode("utf-8", "replace")
        response_object = decode_object(response)
    else:
        response = b"" if failure else bytes(form.provider_response.json)
        response_object = decode_object(response)
    if failure is not None and not response:
        response = failure.encode("utf-8", "replace")
    return Bodies(
        request=request,
        request_object=request_object,
        response=response,
        response_object={} if events is not None else response_object,
        is_stream=events is not None,
        failure=failure,
        dialect=_dialect(form.provider_request.url or "", request_object, response_object, provider),
    )


def _without_failure(text: str) -> tuple[str | None, str]:
    """Parts what a library says of an exception from the answer behind it."""
    if not text.startswith(_FAILURE):
        return None, text
    failure, *rest = _BEHIND_FAILURE.split(text, maxsplit=1)
    return failure, rest[0].strip() if rest else ""


def _as_events(text: str) -> str | None:
    """Returns a stream's text as server-sent events; None for what is no stream."""
    if is_stream(text):
        return text
    if decode_object(text) and not _is_chunk(decode_object(text)):
        return None
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or not all(line.lstrip().startswith("{") and decode_object(line) for line in lines):
        return None
    return "".join(f"data: {line.strip()}\n\n" for line in lines)


def _is_chunk(answer: _Object) -> bool:
    return answer.get("object") == "chat.completion.chunk" or answer.get("type") == "message_start"


def _dialect(url: str, request: _Object, answer: _Object, provider: str) -> Dialect | None:
    """Tells the dialect: by the URL where one was given, by the answer's shape, by the request's."""
    if "://" in url and (spoken := dialect_of(url.partition("?")[0])) is not None:
        return spoken
    for name, fits in _SHAPES:
        if fits(answer):
            return DIALECTS[name]
    if provider == "anthropic" and "messages" in request:
        return DIALECTS["messages"]
    if provider == "openai" and "input" in request and "output" in answer:
        return DIALECTS["responses"]
    for name, fits in _REQUESTS:
        if fits(request):
            return DIALECTS[name]
    return None
