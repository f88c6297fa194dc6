"""Passes a provider's response on to a client that speaks another dialect, the call recorded before its last part.

A whole answer is translated when all of it is there, a stream event by event. Usage and the like are read from what the
provider sent; what is kept as the response is what the client got.
"""

import time
from collections.abc import Iterator

from gateway.answer_headers import headers_about
from gateway.asgi import Headers, Send
from gateway.bodies.encodings import Decoder, Undecodable, decoder_for
from gateway.bodies.kept_body import KeptBody
from gateway.bodies.tap import Tap
from gateway.call import Call
from gateway.errors import BadUpstream, UpstreamDisconnected, UpstreamError
from gateway.recording.recorder import Recorder
from gateway.responses import passed_on
from gateway.routing.answer import Answer
from providers.translation.translate import ResponseTranslator, UnreadableAnswer

_MOST_WHOLE_BYTES = 64 << 20
_OF_THE_BODY = (b"content-length", b"content-encoding", b"content-type")


async def relay_translated(
    call: Call, answer: Answer, translator: ResponseTranslator, send: Send, recorder: Recorder, kept_bytes: int
) -> None:
    """Returns when the client has been sent everything.

    Raises UpstreamError where the provider's response is none or stays incomplete; of a stream, what came of it has
    been sent, and an error in the caller's dialect behind it.
    """
    status = call.upstream_status = answer.response.status
    if not 200 <= status <= 599:
        raise BadUpstream(f"{call.target.host} answered with status {status}, which no response can have")
    headers = passed_on(answer.response.headers)
    named = dict(headers)
    tap = call.tap = _tap(call, named, kept_bytes)
    call.told = KeptBody(kept_bytes)
    content_type = translator.content_type(is_stream=tap.is_stream).encode()
    call.response_headers = [
        (b"content-type", content_type),
        *(each for each in headers if each[0] not in _OF_THE_BODY),
    ]
    decoder = _decoder(call, named)
    if tap.is_stream:
        await _send_stream(call, answer, translator, tap, decoder, send, recorder)
    else:
        await _send_whole(call, answer, translator, tap, decoder, send, recorder)


async def _send_whole(
    call: Call,
    answer: Answer,
    translator: ResponseTranslator,
    tap: Tap,
    decoder: Decoder | None,
    send: Send,
    recorder: Recorder,
) -> None:
    gathered = bytearray()
    while chunk := answer.begun or await answer.response.read():
        answer.begun = b""
        if call.first_byte_at is None:
            call.first_byte_at = time.perf_counter()
        tap.take(chunk)
        for piece in _plain(call, decoder, chunk):
            gathered += piece
        if len(gathered) > _MOST_WHOLE_BYTES:
            raise BadUpstream(f"{call.target.host} answered with more than can be translated")
    status, body = answer.response.status, bytes(gathered)
    try:
        written = translator.error(status, body) if status >= 300 else translator.whole(body)
    except UnreadableAnswer as error:
        raise BadUpstream(f"the answer of {call.target.host} cannot be translated: {error}") from error
    _told(call, written)
    call.status = status
    recorder.record(call)
    call.is_answered = True
    await _send_head(call, send, [(b"content-length", b"%d" % len(written))])
    await send({"type": "http.response.body", "body": written})


async def _send_stream(
    call: Call,
    answer: Answer,
    translator: ResponseTranslator,
    tap: Tap,
    decoder: Decoder | None,
    send: Send,
    recorder: Recorder,
) -> None:
    call.status = answer.response.status
    await _send_head(call, send, [])
    try:
        while chunk := answer.begun or await answer.response.read():
            answer.begun = b""
            if call.first_byte_at is None:
                call.first_byte_at = time.perf_counter()
            tap.take(chunk)
            written = b"".join(translator.feed(piece) for piece in _plain(call, decoder, chunk))
            _told(call, written)
            if translator.is_complete:
                recorder.record(call)
            if written:
                await send({"type": "http.response.body", "body": written, "more_body": True})
    except UpstreamError:
        # The response stays broken, and says why to whoever reads as far.
        if rest := translator.close():
            _told(call, rest)
            await send({"type": "http.response.body", "body": rest, "more_body": True})
        raise
    rest = translator.close()
    _told(call, rest)
    if translator.is_broken_off:
        call.failed(UpstreamDisconnected.type, f"{call.target.host} ended its stream before its answer was complete")
    recorder.record(call)
    call.is_answered = True
    await send({"type": "http.response.body", "body": rest})


async def _send_head(call: Call, send: Send, more: Headers) -> None:
    headers = [*call.response_headers, *more, *headers_about(call)]
    await send({"type": "http.response.start", "status": call.status, "headers": headers})


def _tap(call: Call, named: dict[bytes, bytes], kept_bytes: int) -> Tap:
    encoding = named.get(b"content-encoding")
    return Tap(
        call.target.dialect,
        named.get(b"content-type", b"").decode("latin-1").lower(),
        None if encoding is None else encoding.decode("latin-1"),
        kept_bytes,
    )


def _told(call: Call, written: bytes) -> None:
    if written and call.told is not None:
        call.told.add(written)


def _decoder(call: Call, named: dict[bytes, bytes]) -> Decoder | None:
    """A provider may compress although it was asked not to."""
    encoding = named.get(b"content-encoding")
    try:
        return None if encoding is None else decoder_for(encoding.decode("latin-1"))
    except Undecodable as error:
        raise BadUpstream(f"the answer of {call.target.host} cannot be decoded: {error}") from error


def _plain(call: Call, decoder: Decoder | None, chunk: bytes) -> Iterator[bytes]:
    if decoder is None:
        yield chunk
        return
    try:
        yield from decoder.feed(chunk)
    except Undecodable as error:
        raise BadUpstream(f"the answer of {call.target.host} cannot be decoded: {error}") from error
