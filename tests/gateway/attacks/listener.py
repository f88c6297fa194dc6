"""A server that keeps every byte it is sent, whoever it is supposed to be, and answers as it is told."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"


@dataclass
class Listener:
    """Listens on a port of its own; a connection serves one request."""

    port: int
    received: list[bytes] = field(default_factory=list)
    """What each connection brought, head and body."""
    answer: bytes = OK
    echoes: bool = False
    """Whether the answer repeats the request's head, credentials included, in its body."""
    status: str = "200 OK"
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def saw(self, secret: str) -> bool:
        return any(secret.encode() in data for data in self.received)

    def forget(self) -> None:
        self.received.clear()
        self.connections = 0
        self.answer, self.echoes, self.status = OK, False, "200 OK"

    def reply(self, request: bytes) -> bytes:
        if not self.echoes:
            return self.answer
        body = b'{"error":{"message":"you sent %s"}}' % request.partition(b"\r\n\r\n")[0].replace(b"\r\n", b" ")
        body = body.replace(b"\\", b"")
        head = (
            f"HTTP/1.1 {self.status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
            f"x-request-id: {_header(request, b'authorization')}\r\nconnection: close\r\n\r\n"
        )
        return head.encode() + body


@contextmanager
def listening() -> Iterator[Listener]:
    """Serves for as long as the context lasts."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        listener = Listener(server.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(server, listener), daemon=True)
        thread.start()
        try:
            yield listener
        finally:
            # Wakes who waits in accept.
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _serve(server: socket.socket, listener: Listener) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection, suppress(OSError):
            listener.connections += 1
            connection.settimeout(5)
            data = _request(connection)
            if data:
                listener.received.append(data)
                connection.sendall(listener.reply(data))


def _request(connection: socket.socket) -> bytes:
    data, deadline = b"", time.monotonic() + 5
    while time.monotonic() < deadline:
        head, end, body = data.partition(b"\r\n\r\n")
        if end and len(body) >= int(_header(head, b"content-length") or 0):
            break
        part = connection.recv(65536)
        if not part:
            break
        data += part
    return data


def _header(head: bytes, name: bytes) -> str:
    for line in head.split(b"\r\n")[1:]:
        given, _, value = line.partition(b":")
        if given.strip().lower() == name:
            return value.strip().decode("latin-1")
    return ""
