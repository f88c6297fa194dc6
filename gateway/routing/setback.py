"""Looks at an answer before the client sees any of it, and tells whether it is worth passing on.

A refusal is read whole, a good answer until its first bytes, a good stream until its first content: providers also
report being overloaded inside a stream that began with 200.
"""

from dataclasses import dataclass

from gateway.bodies.encodings import Undecodable, decoder_for
from gateway.bodies.tap import Tap
from gateway.call import Call
from gateway.errors import GatewayError
from gateway.routing.answer import Answer, HeldResponse
from gateway.routing.failover import is_transient, may_be_too_long, says_too_long
from gateway.routing.retries import retry_after_seconds

_MOST_HELD_BYTES = 256 * 1024
"""An answer that is larger before it can be judged is passed on."""


@dataclass(slots=True)
class Setback:
    """Why a try is not the answer, and what of it the client may get if there is nothing better."""

    error_type: str
    answer: Answer | None = None
    error: GatewayError | None = None
    may_retry: bool = True
    retry_after_seconds: float | None = None

    @property
    def is_the_providers_fault(self) -> bool:
        """Whether it tells that the provider itself is not well."""
        return self.error_type not in ("rate_limited", "context_length") and (
            self.answer is None or self.answer.response.status >= 500 or self.answer.response.status < 300
        )


async def setback_of(call: Call, answer: Answer) -> Setback | None:
    """Reads as much of an answer as tells whether to try on; returns why, or None if the client shall have it."""
    status = answer.response.status
    headers = {name.lower(): value for name, value in answer.response.headers}
    named = answer.candidate.on_codes
    if status < 300:
        failed = await _fails_before_content(call, answer, headers)
        return Setback("provider_error", _held(answer)) if failed and await _hold(answer) else None
    if any(status in codes for codes in named) if named is not None else is_transient(status, headers):
        if not await _hold(answer):
            return None
        return Setback(
            "rate_limited" if status == 429 else "provider_error",
            _held(answer),
            may_retry=is_transient(status, headers) and headers.get(b"x-should-retry") != b"false",
            retry_after_seconds=retry_after_seconds(headers),
        )
    if named is None and may_be_too_long(status) and await _hold(answer):
        is_too_long = says_too_long(_plain(answer.begun, headers))
        return Setback("context_length", _held(answer), may_retry=False) if is_too_long else None
    return None


async def _fails_before_content(call: Call, answer: Answer, headers: dict[bytes, bytes]) -> bool:
    """Reads a good answer until its first content; returns whether a stream reports an error instead of any."""
    content_type = headers.get(b"content-type", b"").decode("latin-1").lower()
    tap = Tap(call.target.dialect, content_type, _encoding(headers), 0)
    begun = bytearray()
    while chunk := await answer.response.read():
        begun += chunk
        tap.take(chunk)
        if not tap.is_reading_stream or tap.first_content_at is not None or tap.is_message_complete:
            break
        if answer.response.is_complete or len(begun) > _MOST_HELD_BYTES:
            break
    answer.begun = bytes(begun)
    return tap.is_reading_stream and tap.first_content_at is None and tap.facts().error_type is not None


async def _hold(answer: Answer) -> bool:
    """Reads the rest of an answer; returns whether that is all of it."""
    begun = bytearray(answer.begun)
    response = answer.response
    while not response.is_complete and len(begun) <= _MOST_HELD_BYTES and (chunk := await response.read()):
        begun += chunk
    answer.begun = bytes(begun)
    return len(begun) <= _MOST_HELD_BYTES


def _held(answer: Answer) -> Answer:
    response = HeldResponse(answer.response.status, answer.response.headers, answer.begun)
    return Answer(answer.candidate, answer.target, response, answer.usage_filter, answer.translator)


def _plain(body: bytes, headers: dict[bytes, bytes]) -> bytes:
    try:
        decoder = decoder_for(_encoding(headers))
        return body if decoder is None else b"".join(decoder.feed(body))
    except Undecodable:
        return body


def _encoding(headers: dict[bytes, bytes]) -> str | None:
    encoding = headers.get(b"content-encoding")
    return None if encoding is None else encoding.decode("latin-1")
