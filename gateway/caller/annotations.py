"""What callers say about a call: its user, session, properties, prompt, and what of it may be kept.

Said by `Weir-*` headers or their `Helicone-*` aliases, else by what common clients send anyway, else by the body.
"""

import re
from typing import Any
from uuid import UUID

import msgspec

from gateway.caller.head import Head, once_a_head
from gateway.errors import BadRequest
from providers.facts import RequestFacts
from warehouse.record import Pair

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_PROPERTY = "property-"
_inputs_decoder: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])

# Claude Code and Codex name their sessions unasked.
_SESSION_HEADERS = (b"x-claude-code-session-id", b"session-id", b"session_id", b"thread-id")
_COUNTRY_HEADERS = (
    *(b"cf-ipcountry", b"x-country-code", b"x-vercel-ip-country", b"cloudfront-viewer-country"),
    *(b"x-appengine-country", b"x-client-geo-country"),
)
_NO_COUNTRY = ("XX", "ZZ", "T1")


class Annotations(msgspec.Struct, frozen=True, gc=False):
    """What the headers say. Shared by all calls with the same head, the lists too."""

    request_id: UUID | None
    user_id: str | None
    session_id: str | None
    session_path: str | None
    session_name: str | None
    trace_id: str | None
    properties: list[Pair]
    prompt_id: str | None
    prompt_version: str | None
    prompt_inputs: list[Pair]
    model_override: str | None
    """The model to show and to price the call as."""
    omit_request: bool
    omit_response: bool
    stream_usage: bool
    """Whether a streamed chat completion may be asked to report its usage."""
    country_code: str | None


@once_a_head
def read_annotations(head: Head) -> Annotations:
    """Reads the headers. Raises BadRequest, naming header and rule, for a value that a header cannot have."""
    ours = head.ours
    return Annotations(
        request_id=_request_id(ours.get("request-id")),
        user_id=ours.get("user-id") or None,
        session_id=ours.get("session-id") or _first(head, _SESSION_HEADERS),
        session_path=ours.get("session-path") or None,
        session_name=ours.get("session-name") or None,
        trace_id=_trace_id(head),
        properties=[
            Pair(name[len(_PROPERTY) :], value)
            for name, value in ours.items()
            if name.startswith(_PROPERTY) and len(name) > len(_PROPERTY)
        ],
        prompt_id=ours.get("prompt-id") or None,
        prompt_version=ours.get("prompt-version") or None,
        prompt_inputs=_inputs(ours["prompt-inputs"]) if "prompt-inputs" in ours else [],
        model_override=ours.get("model-override") or None,
        omit_request=_flag(ours, "omit-request", default=False),
        omit_response=_flag(ours, "omit-response", default=False),
        stream_usage=_flag(ours, "stream-usage", default=True),
        country_code=_country(head),
    )


def properties_of(annotations: Annotations, facts: RequestFacts) -> list[Pair]:
    """Returns the headers' properties and, for names they do not use, the body's metadata.

    Names are in small letters: headers know no others, and one property should have one name, wherever it is said.
    """
    if not facts.metadata:
        return annotations.properties
    named = {pair.name for pair in annotations.properties}
    said = {name.lower(): value for name, value in facts.metadata.items()}
    return annotations.properties + [Pair(name, value) for name, value in said.items() if name not in named]


def _request_id(value: str | None) -> UUID | None:
    if value is None:
        return None
    if not _UUID.fullmatch(value.strip()):
        raise BadRequest(
            f"header `Weir-Request-Id` (or `Helicone-Request-Id`) is `{value[:80]}`, but must be a UUID such as "
            "0190b8f2-6d1c-7c3e-9a55-3f1f6c0d2b4a; leave it out to have one made"
        )
    return UUID(value.strip())


def _inputs(value: str) -> list[Pair]:
    try:
        inputs = _inputs_decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(
            f"header `Weir-Prompt-Inputs` (or `Helicone-Prompt-Inputs`) must be a JSON object such as "
            f'{{"city": "Lyon"}}: {error}'
        ) from None
    return [
        Pair(name, each if isinstance(each, str) else msgspec.json.encode(each).decode())
        for name, each in inputs.items()
    ]


def _flag(ours: dict[str, str], name: str, *, default: bool) -> bool:
    value = ours.get(name)
    if value is None:
        return default
    word = value.strip().lower()
    if word not in ("true", "false"):
        raise BadRequest(f"header `Weir-{name.title()}` is `{value[:80]}`, but must be `true` or `false`")
    return word == "true"


def _trace_id(head: Head) -> str | None:
    traceparent = head.value(b"traceparent")
    match = _TRACEPARENT.match(traceparent) if traceparent else None
    return match[1] if match else None


def _country(head: Head) -> str | None:
    code = (_first(head, _COUNTRY_HEADERS) or "").upper()
    return code if _COUNTRY.fullmatch(code) and code not in _NO_COUNTRY else None


def _first(head: Head, names: tuple[bytes, ...]) -> str | None:
    values = head.values
    for name in names:
        if name in values and (value := head.value(name)):
            return value
    return None
