"""What the three dialects' requests have in common: who asks which model for what, read without building the whole."""

import re
from typing import Any

import msgspec

from providers.dialects.parts import readable
from providers.facts import PREVIEW_CHARS, RequestFacts
from providers.lenient import decode, mapping, text

_MOST_LABELS = 64
_MOST_CHARS = 512
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_NULL = msgspec.Raw(b"null")


class Turn(msgspec.Struct, gc=False):
    """A message or input item; its content stays bytes until somebody wants it."""

    role: Any = None
    content: msgspec.Raw = _NULL


class Head(msgspec.Struct, gc=False):
    """The fields that are no content."""

    model: Any = None
    stream: Any = None
    stream_options: Any = None
    user: Any = None
    safety_identifier: Any = None
    prompt_cache_key: Any = None
    metadata: Any = None
    conversation: Any = None
    service_tier: Any = None


_head_decoder = msgspec.json.Decoder(Head)
_content_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


def head_of(body: bytes) -> Head | None:
    """Reads the fields that are no content from a body whose content has an unknown shape."""
    return decode(body, _head_decoder)


def request_facts(head: Head, preview: str | None) -> RequestFacts:
    """Joins the facts that every dialect has in the same places."""
    labels = labels_of(head.metadata)
    return RequestFacts(
        model=short(head.model),
        is_stream=head.stream is True,
        user_id=short(head.safety_identifier) or short(head.user) or labels.get("user_id"),
        session_id=_session_of(head, labels),
        metadata=labels,
        service_tier=short(head.service_tier),
        preview=preview,
    )


def last_user_text(turns: list[Turn]) -> str | None:
    """Returns the start of the last text a user wrote; what tools answered in a user's name is passed over."""
    for turn in reversed(turns):
        if turn.role == "user":
            said = readable(decode(bytes(turn.content), _content_decoder))
            if said:
                return said[:PREVIEW_CHARS]
    return None


def labels_of(metadata: object) -> dict[str, str]:
    """Returns the caller's own labels, strings only and not too many."""
    if metadata is None:
        return {}
    return {
        name[:_MOST_CHARS]: value[:_MOST_CHARS]
        for name, value in list(mapping(metadata).items())[:_MOST_LABELS]
        if isinstance(value, str)
    }


def short(value: object) -> str | None:
    """Returns a text, cut to what an id or a name may have."""
    if value is None:
        return None
    said = text(value)
    return said[:_MOST_CHARS] if said is not None else None


def _session_of(head: Head, labels: dict[str, str]) -> str | None:
    conversation = head.conversation if isinstance(head.conversation, str) else mapping(head.conversation).get("id")
    explicit = short(conversation) or labels.get("session_id")
    if explicit is not None:
        return explicit
    # Agents put a conversation's id here, others the name of a prompt: only the former looks like an id.
    key = short(head.prompt_cache_key)
    return key if key is not None and _UUID.fullmatch(key) else None
