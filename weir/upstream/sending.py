"""Sends an answer the way the caller asked for it: slowly, broken, wrong, or just so."""

import asyncio
import gzip
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from weir.upstream.behaviour import Behaviour
from weir.upstream.calls import Calls
from weir.upstream.vendors import Headers

TRANSPORT = "weir.transport"
"""The scope extension under which the server hands the connection out, for answers that break."""

_JSON = b"application/json"
_EVENTS = b"text/event-stream; charset=utf-8"
_GARBAGE = b"<html><body>\xff\xfe upstream proxy error {not json"


class Sender:
    """Sends one answer."""

    def __init__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
        behaviour: Behaviour,
        calls: Calls,
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._calls = calls
        self.behaviour = behaviour

    async def breaks_before_response(self) -> bool:
        """Hangs or dies if that was asked for; else waits as long as was asked."""
        if self.behaviour.hang:
            await self._hang()
            return True
        if self.behaviour.first_byte_ms:
            await asyncio.sleep(self.behaviour.first_byte_ms / 1000)
        if self.behaviour.die:
            await self._die()
            return True
        return False

    async def plain(
        self, status: int, headers: Headers, body: bytes, id: str | None = None, content_type: bytes = _JSON
    ) -> None:
        """Sends a whole body."""
        behaviour = self.behaviour
        if behaviour.retry_after is not None:
            headers = [*headers, (b"retry-after", behaviour.retry_after.encode())]
        if behaviour.garbage:
            body = _GARBAGE
        if behaviour.gzip:
            body = gzip.compress(body, mtime=0)
            headers = [*headers, (b"content-encoding", b"gzip")]
        length = len(body) if behaviour.content_length is None else behaviour.content_length
        headers = [(b"content-type", content_type), *headers, (b"content-length", b"%d" % length)]
        if behaviour.die_after is not None or length != len(body):
            part = body if behaviour.die_after is None else body[: len(body) // 2]
            return await self._break_off(status, headers, part)
        if status == 200:
            self._calls.complete(status, id)
        else:
            self._calls.complete(status)
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})
        return None

    async def stream(
        self,
        headers: Headers,
        events: Iterable[tuple[bool, bytes]],
        error: bytes,
        id: str,
        content_type: bytes = _EVENTS,
    ) -> None:
        """Sends events; each is whether it is content, and its bytes."""
        behaviour = self.behaviour
        encode = zlib.compressobj(wbits=31) if behaviour.gzip else None
        extra = [(b"content-encoding", b"gzip")] if encode else []
        head = [(b"content-type", content_type), (b"cache-control", b"no-cache"), *headers, *extra]
        await self._send({"type": "http.response.start", "status": 200, "headers": head})
        if behaviour.garbage:
            events, error = [(True, b"data: " + _GARBAGE + b"\n\n"), (False, _GARBAGE)], b""
        sent = 0
        pause = behaviour.chunk_ms / 1000
        for is_content, event in events:
            if is_content:
                if sent == behaviour.die_after:
                    return await self._die()
                if sent == behaviour.hang_after:
                    return await self._hang()
                if sent == behaviour.error_after:
                    await self._write(error, encode)
                    break
                if pause and sent:
                    await asyncio.sleep(pause)
                sent += 1
            await self._write(event, encode)
        else:
            # The gateway may pass the last chunk on before this coroutine runs again: count before it is over.
            self._calls.complete(200, id)
        await self._send({"type": "http.response.body", "body": encode.flush() if encode else b""})
        return None

    async def _write(self, event: bytes, encode: Any) -> None:
        body = event if encode is None else encode.compress(event) + encode.flush(zlib.Z_SYNC_FLUSH)
        await self._send({"type": "http.response.body", "body": body, "more_body": True})

    async def _break_off(self, status: int, headers: Headers, part: bytes) -> None:
        """Writes past the server, which would not let a body differ from its announced length, and dies."""
        transport = self._transport()
        lines = [b"HTTP/1.1 %d Broken" % status, *(name + b": " + value for name, value in headers), b"", part]
        transport.write(b"\r\n".join(lines))
        await self._die()

    async def _die(self) -> None:
        transport = self._transport()
        if self.behaviour.reset:
            connection = transport.get_extra_info("socket")
            # A linger of zero seconds turns the close into a reset.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        else:
            transport.close()
        await self._hang()

    async def _hang(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def _transport(self) -> Any:
        transport = self._scope.get("extensions", {}).get(TRANSPORT)
        if transport is None:
            raise RuntimeError("only `weir.upstream.server` can break connections; serve the app with it")
        return transport
