"""Answers to the client: the provider's headers without what is not for it, and answers of our own."""

import re
from collections.abc import Iterable
from uuid import UUID

from gateway.asgi import Headers, Send
from gateway.errors import GatewayError, body_of
from providers.dialects.dialect import Dialect

_KEPT_BACK = frozenset(
    {
        # Of the provider's connection.
        *(b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate", b"proxy-authorization", b"te"),
        *(b"trailer", b"transfer-encoding", b"upgrade", b"alt-svc"),
        # A provider's cookie would be set for our host.
        b"set-cookie",
        *(b"weir-request-id", b"helicone-id"),
    }
)
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


def passed_on(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Returns what of a provider's headers is for the client, names in lower case."""
    kept, connection = [], b""
    for name, value in headers:
        lowered = name.lower()
        if lowered == b"connection":
            connection = connection or value
        elif lowered not in _KEPT_BACK and not _CONTROL.search(value):
            kept.append((lowered, value))
    if connection and connection.lower() not in (b"keep-alive", b"close"):
        named = {token.strip().lower() for token in connection.split(b",")}
        kept = [header for header in kept if header[0] not in named]
    return kept


def identified(request_id: UUID) -> Headers:
    """Returns the headers that tell the client its call's `request_id` in the warehouse."""
    id = str(request_id).encode()
    return [(b"weir-request-id", id), (b"helicone-id", id)]


async def send_json(send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """Sends a whole answer of our own."""
    await send_body(send, status, b"application/json", body, headers)


async def send_body(
    send: Send, status: int, content_type: bytes, body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Sends a whole answer of our own in another form than JSON."""
    own = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": body})


async def send_error(
    send: Send, error: GatewayError, dialect: Dialect | None, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Tells the client what went wrong, in its own dialect if we know it."""
    await send_json(send, error.status, body_of(error, dialect), [*retry_headers(error), *headers])


def retry_headers(error: GatewayError) -> Headers:
    """Returns the header that says when to try again, where that may help."""
    return [] if error.retry_after_seconds is None else [(b"retry-after", b"%d" % error.retry_after_seconds)]
