"""A provider that sends exactly the bytes a test wants, when it wants, and keeps what it was sent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Vendor:
    """Serves one answer per connection."""

    url: str = ""
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the gateway closed a connection before the answer was over."""


@asynccontextmanager
async def vendor(answer: Answer) -> AsyncIterator[Vendor]:
    """Listens on a free port; `answer` writes the response, head included."""
    made = Vendor()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            made.heads.append(head)
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length:")
                ),
                0,
            )
            made.bodies.append(await reader.readexactly(length))
            await answer(reader, writer)
        except ConnectionError:
            made.left.set()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()


def response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Writes a whole response with a length."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers, "connection: close", "", ""]
    return "\r\n".join(lines).encode() + body


def stream_head(*headers: str) -> bytes:
    """Writes the head of a chunked stream of events."""
    lines = ["HTTP/1.1 200 OK", "content-type: text/event-stream", "transfer-encoding: chunked", *headers, "", ""]
    return "\r\n".join(lines).encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)
