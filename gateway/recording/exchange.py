"""Writes a call down as an `Exchange`, the record that lands in the raw log."""

from datetime import timedelta

from gateway.bodies.kept_body import KeptBody, Stored
from gateway.call import Call
from gateway.caller.annotations import properties_of
from gateway.recording.scrubbing import scrub, without
from gateway.recording.stored_headers import kept_request_headers, kept_response_headers
from gateway.recording.usage_estimate import estimated
from providers.facts import ResponseFacts
from providers.usage import Usage
from warehouse.record import Attempt, Exchange, UsageSource

_NO_USAGE = Usage()
_NO_FACTS = ResponseFacts()
_LONGEST_MESSAGE = 4000


def exchange_of(call: Call, now: float) -> Exchange:
    """Returns the record of a call that ends now."""
    target, tap, said = call.target, call.tap, call.annotations
    secrets = {call.credentials.secret, *call.secrets}
    facts = tap.facts() if tap is not None else _NO_FACTS
    error_type, error_message = _error(call, facts, secrets)
    usage, usage_source = _usage(call, facts)
    kept = None if call.visit is None else call.visit.kept
    told = _told(call)
    latency_ms = (now - call.received_at) * 1000
    request_body, request_encoding = _request_body(call)
    response_body, response_encoding = _response_body(call, secrets)
    return Exchange(
        request_id=call.request_id,
        request_id_given=said.request_id is not None,
        organization_id=call.key.organization_id,
        created_at=call.received_on,
        completed_at=call.received_on + timedelta(milliseconds=latency_ms),
        api_key_id=call.key.id,
        user_id=said.user_id or call.facts.user_id,
        session_id=said.session_id or call.facts.session_id,
        session_path=said.session_path,
        session_name=said.session_name,
        trace_id=said.trace_id,
        properties=properties_of(said, call.facts),
        prompt_id=said.prompt_id,
        prompt_version=said.prompt_version,
        prompt_inputs=[] if said.omit_request else said.prompt_inputs,
        provider=target.provider,
        dialect=call.dialect.name if call.dialect else None,
        method=call.method,
        path=without(target.path, secrets),
        target_host=target.hostname,
        request_model=call.facts.model,
        response_model=facts.response_model,
        model_override=call.model_override,
        is_stream=tap.is_stream if tap is not None else call.facts.is_stream,
        service_tier=facts.service_tier or call.facts.service_tier,
        attempts=_attempts(call, now, error_type),
        status_code=call.status,
        error_type=error_type,
        error_message=error_message,
        finish_reason=facts.finish_reason,
        tool_names=facts.tool_names,
        warnings=[scrub(warning, secrets)[:_LONGEST_MESSAGE] for warning in call.warnings],
        latency_ms=latency_ms,
        time_to_first_byte_ms=_since_received(call, call.first_byte_at),
        time_to_first_token_ms=_since_received(call, tap.first_content_at) if tap is not None else None,
        gateway_ms=_since_received(call, call.sent_at),
        usage_source=usage_source,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        cache_write_1h_tokens=usage.cache_write_1h_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        input_audio_tokens=usage.input_audio_tokens,
        output_audio_tokens=usage.output_audio_tokens,
        input_image_tokens=usage.input_image_tokens,
        output_image_tokens=usage.output_image_tokens,
        input_audio_seconds=usage.input_audio_seconds,
        web_searches=usage.web_searches,
        search_units=usage.search_units,
        provider_cost_usd=facts.provider_cost_usd,
        cache_hit=kept is not None,
        cache_reference_id=None if kept is None else kept.origin.request_id,
        cache_key=None if call.visit is None else call.visit.key.name,
        rate_limit_policy=call.rate_limit_policy,
        saved_latency_ms=None if kept is None else kept.origin.latency_ms,
        user_agent=without(call.head.value(b"user-agent") or "", secrets) or None,
        country_code=said.country_code,
        request_body=request_body,
        request_body_encoding=request_encoding,
        request_body_bytes=call.request.size,
        request_body_truncated=call.request.is_cut and not said.omit_request,
        request_body_omitted=said.omit_request,
        response_body=response_body,
        response_body_encoding=response_encoding,
        response_body_bytes=told.size if told is not None else 0,
        response_body_truncated=told is not None and told.is_cut and not said.omit_response,
        response_body_omitted=said.omit_response,
        request_preview=None if said.omit_request else call.facts.preview,
        response_preview=None if said.omit_response else facts.preview and without(facts.preview, secrets),
        request_headers=kept_request_headers(call.head, secrets),
        response_headers=kept_response_headers(call.response_headers, secrets),
    )


def bare_exchange_of(call: Call, now: float) -> Exchange:
    """Returns a record without anything that an application or a provider said: what is left if the whole one fails."""
    latency_ms = (now - call.received_at) * 1000
    return Exchange(
        request_id=call.request_id,
        request_id_given=call.annotations.request_id is not None,
        organization_id=call.key.organization_id,
        created_at=call.received_on,
        completed_at=call.received_on + timedelta(milliseconds=latency_ms),
        api_key_id=call.key.id,
        provider=call.target.provider,
        dialect=call.dialect.name if call.dialect else None,
        method=call.method,
        target_host=call.target.hostname,
        status_code=call.status,
        error_type=call.error_type,
        latency_ms=latency_ms,
        usage_source="none",
        request_body_bytes=call.request.size,
        request_body_truncated=not call.annotations.omit_request,
        request_body_omitted=call.annotations.omit_request,
        response_body_bytes=call.tap.body.size if call.tap is not None else 0,
        response_body_truncated=call.tap is not None and not call.annotations.omit_response,
        response_body_omitted=call.annotations.omit_response,
    )


def _since_received(call: Call, moment: float | None) -> float | None:
    return None if moment is None else (moment - call.received_at) * 1000


def _error(call: Call, facts: ResponseFacts, secrets: set[str]) -> tuple[str | None, str | None]:
    """Returns why the call failed: as the gateway saw it, else as the provider's answer says."""
    if call.error_type is not None:
        return call.error_type, call.error_message and scrub(call.error_message, secrets)
    if (call.upstream_status or 0) < 400 and facts.error_type is None:
        return None, None
    message = facts.error_message or facts.error_type
    return (
        "rate_limited" if call.upstream_status == 429 else "provider_error",
        message and scrub(message, secrets)[:_LONGEST_MESSAGE],
    )


def _usage(call: Call, facts: ResponseFacts) -> tuple[Usage, UsageSource]:
    """Returns what the provider reported; of an answer nobody waited for, what can be guessed."""
    if call.client_is_gone and call.sent_at is not None and call.target.dialect is not None:
        return estimated(call.request.size, facts), "estimated"
    return (facts.usage, "reported") if facts.usage is not None else (_NO_USAGE, "none")


def _attempts(call: Call, now: float, error_type: str | None) -> list[Attempt]:
    return [
        Attempt(
            provider=attempt.provider,
            host=attempt.host,
            model=attempt.model,
            started_at=call.received_on + timedelta(seconds=attempt.began_at - call.received_at),
            duration_ms=((attempt.ended_at or now) - attempt.began_at) * 1000,
            status_code=attempt.status,
            error_type=error_type if attempt.ended_at is None else attempt.error_type,
        )
        for attempt in call.attempts
    ]


def _request_body(call: Call) -> Stored:
    return (None, "text") if call.annotations.omit_request else call.request.stored()


def _told(call: Call) -> KeptBody | None:
    """Returns what the client got; of an answer that could not be translated for it, what the provider sent."""
    if call.told is not None and call.told.size:
        return call.told
    return None if call.tap is None else call.tap.body


def _response_body(call: Call, secrets: set[str]) -> Stored:
    told = _told(call)
    if told is None or call.annotations.omit_response:
        return None, "text"
    body, encoding = told.stored()
    if body is not None and encoding == "text":
        # Providers quote the credential they refuse.
        body = scrub(body, secrets) if (call.upstream_status or 0) >= 400 else without(body, secrets)
    return body, encoding
