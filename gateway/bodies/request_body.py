"""Reads a request's body from the client: whole, because it is read for facts before it goes on, and bounded."""

import asyncio

from gateway.asgi import Headers, Receive, Scope
from gateway.bodies.encodings import Undecodable, decoder_for
from gateway.bodies.kept_body import KeptBody
from gateway.caller.head import Head
from gateway.errors import BadRequest, TooLarge
from providers.cut_object import from_both_ends

_LARGE_BYTES = 16 * 1024
"""From this size on a compressed body, which may be a thousand times as large, is undone in a thread."""
_LONG_TO_PARSE_BYTES = 8 << 20
"""From this size on parsing a body would hold everybody else up, in a thread too."""


class ClientLeft(Exception):
    """The client hung up before its request was complete."""


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """Returns the body as it came. Raises TooLarge, BadRequest for a wrong length, or ClientLeft."""
    announced = _announced_length(scope["headers"])
    if announced > limit:
        raise _too_large(announced, limit)
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        chunk: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise _too_large(size, limit)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def plain_body_of(head: Head, body: bytes, limit: int) -> bytes:
    """As `plain_body`, letting others go on while a large body is decoded."""
    if b"content-encoding" in head.values and len(body) >= _LARGE_BYTES:
        return await asyncio.to_thread(plain_body, head, body, limit)
    return plain_body(head, body, limit)


def plain_body(head: Head, body: bytes, limit: int) -> bytes:
    """Returns the body with its content encoding undone, as much of it as `limit` lets; as it is if that cannot be."""
    encoding = head.value(b"content-encoding")
    if encoding is None:
        return body
    try:
        decoder = decoder_for(encoding)
        if decoder is None:
            return body
        pieces, size = [], 0
        for piece in decoder.feed(body):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                break
        return b"".join(pieces)
    except Undecodable:
        return body


def readable(plain: bytes) -> bytes:
    """Returns what of a plain body is worth parsing: of a very large one what stands around its largest member."""
    return plain if len(plain) < _LONG_TO_PARSE_BYTES else from_both_ends(plain, plain)


def kept(body: bytes, limit: int) -> KeptBody:
    """Returns what of the plain body is kept for the record."""
    result = KeptBody(limit)
    result.add(body)
    return result


def _announced_length(headers: Headers) -> int:
    announced = next((value for name, value in headers if name == b"content-length"), b"0")
    if not announced.isdigit():
        raise BadRequest("header `content-length` must be a number")
    return int(announced)


def _too_large(size: int, limit: int) -> TooLarge:
    return TooLarge(
        f"the request's body has {size} bytes or more, the limit is {limit}; the operator can raise it with "
        "WEIR_MAX_REQUEST_BYTES"
    )
