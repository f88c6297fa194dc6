"""Passes a provider's response on to the client as it comes, and has the call recorded before its last part."""

from gateway.answer_headers import headers_about
from gateway.asgi import Headers, Send
from gateway.bodies.tap import Tap
from gateway.call import Call
from gateway.errors import BadUpstream
from gateway.passage import Passage
from gateway.recording.recorder import Recorder
from gateway.responses import passed_on
from gateway.routing.answer import Answer
from gateway.targets.doors import Target

_BODILESS = (204, 304)


async def relay(call: Call, answer: Answer, send: Send, recorder: Recorder, kept_bytes: int) -> None:
    """Returns when the client has been sent everything; of a stream, what the answer's usage filter lets through.

    Raises UpstreamError where the provider's response is none or stays incomplete; what came of it has been sent.
    """
    response, usage_filter = answer.response, answer.usage_filter
    status = call.upstream_status = response.status
    if not 200 <= status <= 599:
        raise BadUpstream(f"{call.target.host} answered with status {status}, which no response can have")
    headers = call.response_headers = passed_on(response.headers)
    named = dict(headers)
    call.status = status
    if call.method == "HEAD" or status in _BODILESS or named.get(b"content-length") == b"0":
        recorder.record(call)
        call.is_answered = True
        await _send_head(call, send, _without_length(headers) if status in _BODILESS else headers)
        await send({"type": "http.response.body", "body": b""})
        return
    tap = call.tap = _tap(call.target, status, named, kept_bytes)
    if not tap.is_stream or b"content-encoding" in named:
        # An error, or a provider that compresses unasked: the filter could not read it and would hold it back.
        usage_filter = None
    await _send_head(call, send, headers if usage_filter is None else _without_length(headers))
    await Passage(call, answer, tap, usage_filter, recorder).go(send)


def _tap(target: Target, status: int, named: dict[bytes, bytes], kept_bytes: int) -> Tap:
    encoding = named.get(b"content-encoding")
    return Tap(
        # An error is worth reading also where we know no more of the path than whose it is.
        target.dialect or (target.error_dialect if status >= 400 else None),
        named.get(b"content-type", b"").decode("latin-1").lower(),
        None if encoding is None else encoding.decode("latin-1"),
        kept_bytes,
    )


async def _send_head(call: Call, send: Send, headers: Headers) -> None:
    head = headers + headers_about(call)
    await send({"type": "http.response.start", "status": call.status, "headers": head})


def _without_length(headers: Headers) -> Headers:
    return [header for header in headers if header[0] != b"content-length"]
