"""A proxy in front of an S3 service that does to the next requests what it is told."""

import socket
import struct
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

Fault = Literal["refused", "lost", "cut", "slow", "no trouble"]
"""What happens to a request: 503 in its place; done, but its answer is lost; done, but the answer's body breaks off;
no answer for as long as the proxy lasts; nothing."""

_SLOW_DOWN = b'<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your rate.</Message></Error>'


class FaultyProxy:
    """Keeps what was asked of it, such as `PUT`, and which faults are still to come."""

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target).netloc
        self.faults: deque[Fault] = deque()
        self.always: Fault | None = None
        """What happens to every request once the faults are used up."""
        self.seen: list[str] = []
        self.stopping = threading.Event()

    def next_fault(self, method: str) -> Fault:
        self.seen.append(method)
        if self.faults:
            return self.faults.popleft()
        return self.always or "no trouble"


@contextmanager
def in_front_of(target: str) -> Iterator[tuple[FaultyProxy, str]]:
    """Yields the proxy and its address."""
    proxy = FaultyProxy(target)

    class Handler(_Handler):
        faults = proxy

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield proxy, f"http://127.0.0.1:{server.server_port}"
        finally:
            proxy.stopping.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    faults: FaultyProxy

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        self._carry()

    do_PUT = do_POST = do_DELETE = do_HEAD = do_GET  # noqa: N815 - the names are http.server's

    def _carry(self) -> None:
        fault = self.faults.next_fault(self.command)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if fault == "refused":
            self._answer(503, [("Content-Type", "application/xml")], _SLOW_DOWN)
        elif fault == "slow":
            self.faults.stopping.wait()
            self.close_connection = True
        else:
            status, headers, answer = self._ask(body)
            if fault == "lost":
                self._reset()
            elif fault == "cut":
                self._answer(status, headers, answer, cut=True)
                self._reset()
            else:
                self._answer(status, headers, answer)

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = HTTPConnection(self.faults.target)
        try:
            # The Host header stays as it was signed.
            connection.request(self.command, self.path, body or None, dict(self.headers.items()))
            answer: HTTPResponse = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes, *, cut: bool = False) -> None:
        self.send_response_only(status)
        kept = [
            pair for pair in headers if pair[0].lower() not in ("content-length", "connection", "transfer-encoding")
        ]
        length = next((value for name, value in headers if name.lower() == "content-length"), None)
        for name, value in (*kept, ("Content-Length", length if self.command == "HEAD" and length else str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body[: len(body) // 2] if cut else body)
        self.wfile.flush()

    def _reset(self) -> None:
        """Breaks the connection off as a host that dies does: by a reset, not by an end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
