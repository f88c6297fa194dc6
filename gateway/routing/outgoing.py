"""The request as one candidate is sent it: the caller's to the byte, unless the candidate wants something else."""

import msgspec

from gateway.call import Call
from gateway.errors import BadRequest
from gateway.routing.model_field import members_of, with_model
from gateway.routing.plan import Candidate
from providers.dialects.chat_completions.include_usage import UsageChunkFilter, inject
from providers.facts import JsonObject
from providers.translation.translate import ResponseTranslator, Untranslatable, response_translator, translate_request


class NotCarried(BadRequest):
    """The request asks for what the provider's dialect does not have; another provider's may."""

    type = "untranslatable"


class ClientBody(msgspec.Struct, frozen=True, gc=False):
    """A request's body, as it came and with its content encoding undone."""

    raw: bytes
    plain: bytes


class Outgoing(msgspec.Struct):
    """What is sent besides the headers."""

    body: bytes
    is_plain: bool
    """Whether the body's content encoding has been undone."""
    usage_filter: UsageChunkFilter | None = None
    translator: ResponseTranslator | None = None
    """What makes the answer one in the caller's dialect."""

    @property
    def wants_plain_response(self) -> bool:
        """Whether the answer is read on its way, so that it must not come compressed."""
        return self.usage_filter is not None or self.translator is not None


def outgoing(call: Call, candidate: Candidate, body: ClientBody) -> Outgoing:
    """Returns the body for a candidate. Raises BadRequest if it has to be changed and cannot be."""
    if candidate.is_translated:
        return _translated(call, candidate, body.plain)
    if candidate.is_renamed or candidate.override is not None:
        changed = body.plain
        if candidate.is_renamed and candidate.model is not None:
            changed = with_model(changed, candidate.model)
        if candidate.override is not None:
            changed = _overlaid(changed, candidate.override)
        sent = Outgoing(changed, is_plain=True)
    else:
        sent = Outgoing(body.raw, is_plain=body.raw is body.plain)
    if sent.is_plain and _may_ask_for_usage(call, candidate):
        sent.body, sent.usage_filter = inject(sent.body), UsageChunkFilter()
    return sent


def _translated(call: Call, candidate: Candidate, body: bytes) -> Outgoing:
    spoken, model = candidate.target.dialect, candidate.model
    assert call.dialect is not None
    assert spoken is not None
    assert model is not None
    source, is_stream = call.dialect.name, call.facts.is_stream
    try:
        request = translate_request(
            source,
            spoken.name,
            body,
            model=model,
            is_stream=is_stream,
            knows_stream_usage=candidate.target.knows_stream_usage,
        )
    except Untranslatable as error:
        raise NotCarried(f"{candidate.target.provider} cannot be asked this: {error}") from None
    call.warnings += [warning for warning in request.warnings if warning not in call.warnings]
    translator = response_translator(source, spoken.name, request=body, model=model)
    return Outgoing(request.body, is_plain=True, translator=translator)


def _overlaid(body: bytes, override: JsonObject) -> bytes:
    members = members_of(body)
    for name, value in override.items():
        inner = members.get(name)
        if isinstance(value, dict) and inner is not None and bytes(inner).lstrip()[:1] == b"{":
            members[name] = msgspec.Raw(_overlaid(bytes(inner), value))
        else:
            members[name] = msgspec.Raw(msgspec.json.encode(value))
    return msgspec.json.encode(members)


def _may_ask_for_usage(call: Call, candidate: Candidate) -> bool:
    """Whether a stream will report its usage if it is asked to, and the caller does not forbid that.

    It cannot be forbidden where a limit counts tokens or cents: nobody would know them.
    """
    if not call.facts.wants_usage_injection or not candidate.target.knows_stream_usage:
        return False
    return call.annotations.stream_usage or (call.reservation is not None and call.reservation.is_of_usage)
