"""The request as one candidate is sent it: the caller's to the byte, unless the candidate wants something else."""

from dataclasses import dataclass

import msgspec

from gateway.call import Call
from gateway.errors import BadRequest
from gateway.routing.plan import Candidate
from providers.dialects.chat_completions.include_usage import UsageChunkFilter, inject
from providers.facts import JsonObject

_members: msgspec.json.Decoder[dict[str, msgspec.Raw]] = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True)
class ClientBody:
    """A request's body, as it came and with its content encoding undone."""

    raw: bytes
    plain: bytes


@dataclass(slots=True)
class Outgoing:
    """What is sent besides the headers."""

    body: bytes
    is_plain: bool
    """Whether the body's content encoding has been undone."""
    usage_filter: UsageChunkFilter | None = None


def outgoing(call: Call, candidate: Candidate, body: ClientBody) -> Outgoing:
    """Returns the body for a candidate. Raises BadRequest if it has to be changed and cannot be."""
    if candidate.model is None and candidate.override is None:
        sent = Outgoing(body.raw, is_plain=body.raw is body.plain)
    else:
        changed = body.plain
        if candidate.model is not None:
            changed = with_model(changed, candidate.model)
        if candidate.override is not None:
            changed = _overlaid(changed, candidate.override)
        sent = Outgoing(changed, is_plain=True)
    if sent.is_plain and _may_ask_for_usage(call):
        sent.body, sent.usage_filter = inject(sent.body), UsageChunkFilter()
    return sent


def with_model(body: bytes, model: str) -> bytes:
    """Returns a JSON body with another model; every other member keeps its bytes."""
    members = _members_of(body)
    members["model"] = msgspec.Raw(msgspec.json.encode(model))
    return msgspec.json.encode(members)


def _overlaid(body: bytes, override: JsonObject) -> bytes:
    members = _members_of(body)
    for name, value in override.items():
        inner = members.get(name)
        if isinstance(value, dict) and inner is not None and bytes(inner).lstrip()[:1] == b"{":
            members[name] = msgspec.Raw(_overlaid(bytes(inner), value))
        else:
            members[name] = msgspec.Raw(msgspec.json.encode(value))
    return msgspec.json.encode(members)


def _members_of(body: bytes) -> dict[str, msgspec.Raw]:
    try:
        return _members.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"the body must be a JSON object, for it has to be changed on its way: {error}") from None


def _may_ask_for_usage(call: Call) -> bool:
    """Whether a stream will report its usage if it is asked to, and the caller does not forbid that."""
    return call.facts.wants_usage_injection and call.target.knows_stream_usage and call.annotations.stream_usage
