"""Reads messages' requests."""

import re

import msgspec

from providers.dialects.requests import Head, Turn, head_of, last_user_text, request_facts
from providers.facts import RequestFacts
from providers.lenient import decode, decode_object, mapping, text

_AGENT_USER = re.compile(r"(.+?)_session_([0-9a-f-]{36})")
"""How Claude Code packs a session into the one field there is for attribution."""


class _Request(Head):
    messages: list[Turn] | None = None


_decoder = msgspec.json.Decoder(_Request)


def parse_request(body: bytes) -> RequestFacts:
    """Reads a request body."""
    request = decode(body, _decoder)
    if request is None:
        head = head_of(body)
        return RequestFacts() if head is None else _with_agent_session(request_facts(head, preview=None))
    return _with_agent_session(request_facts(request, preview=last_user_text(request.messages or [])))


def _with_agent_session(facts: RequestFacts) -> RequestFacts:
    """Takes a user id that holds a session apart; newer agents write a JSON object there, older ones one long word."""
    user_id = facts.user_id
    if user_id is None:
        return facts
    if user_id.startswith("{"):
        packed = mapping(decode_object(user_id))
        account = text(packed.get("account_uuid")) or text(packed.get("device_id"))
        session_id = text(packed.get("session_id"))
        return msgspec.structs.replace(facts, user_id=account or user_id, session_id=session_id or facts.session_id)
    packed_words = _AGENT_USER.fullmatch(user_id)
    if packed_words is None:
        return facts
    return msgspec.structs.replace(facts, user_id=packed_words[1], session_id=packed_words[2])
