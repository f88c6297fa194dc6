"""Finds the requests in what a client sends: httptools parses, and what is too large or could be misread is refused.

The parser alone would gather a head without end, and trailers too.
"""

from typing import Protocol

import httptools

from gateway.asgi import Headers, Scope
from gateway.downstream.request_head import MOST_HEAD_BYTES, TOO_LARGE, fault_of, scope_of, without_upgrade
from gateway.errors import BadRequest, GatewayError, HeadTooLarge


class Listener(Protocol):
    """The one who is told what was found."""

    def request_begins(self) -> None:
        """The first byte of a head is there."""

    def head_came(self, scope: Scope, *, is_last: bool) -> None:
        """A head is whole; `is_last` tells whether the client wants the connection to end with the answer."""

    def body_came(self, body: bytes) -> None:
        """The next part of the body."""

    def request_ended(self) -> None:
        """The request is whole."""

    def refuse(self, error: GatewayError) -> None:
        """What came cannot be served; nothing more will be read."""

    def close(self) -> None:
        """What came is of no use, and the request may be answered already: there is nothing more to say."""


class RequestReader:
    """Reads one connection."""

    def __init__(self, listener: Listener) -> None:
        self.is_in_head = False
        self.is_in_body = False
        self._listener = listener
        self._parser = self._new_parser()
        self._url = b""
        self._headers: Headers = []
        self._gathered_bytes = 0
        """What came since the last part of a body, or since the request began."""
        self._beginning_bytes = 0
        """The size of what is being read, if a request begins with it."""
        self._latest_bytes = 0
        self._is_stopped = False

    @property
    def path(self) -> str:
        """The path of the latest request, as far as it has come."""
        return self._url.partition(b"?")[0].decode("latin-1")

    def feed(self, data: bytes) -> None:
        if self._is_stopped:
            return
        self._latest_bytes = len(data)
        self._gathered_bytes += len(data)
        self._beginning_bytes = 0 if self.is_in_head or self.is_in_body else len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._read_without_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(BadRequest("this is no valid HTTP request"))
        if self._gathered_bytes > MOST_HEAD_BYTES:
            self._gathered_bytes = 0
            if self.is_in_head:
                self._refuse(HeadTooLarge(TOO_LARGE))
            elif not self._is_stopped:
                # Trailers without end.
                self._listener.close()

    def stop(self) -> None:
        """Nothing more of what the client sends is wanted."""
        self._is_stopped = True

    # What the parser finds

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers = []
        self.is_in_head = True
        self._gathered_bytes, self._beginning_bytes = self._beginning_bytes, 0
        self._listener.request_begins()

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.is_in_head = False
        if self._is_stopped or self._asks_for_upgrade:
            return
        version = self._parser.get_http_version()
        error = fault_of(version, self._url, self._headers, self._gathered_bytes + self._latest_bytes)
        self._gathered_bytes = 0
        if error is not None:
            self._refuse(error)
            return
        scope = scope_of(self._parser.get_method(), self._url, version, self._headers)
        self.is_in_body = True
        self._listener.head_came(scope, is_last=version == "1.0" or not self._parser.should_keep_alive())

    def on_body(self, body: bytes) -> None:
        self._gathered_bytes = 0
        if not self._is_stopped:
            self._listener.body_came(body)

    def on_message_complete(self) -> None:
        if self.is_in_body:
            self.is_in_body = False
            if not self._is_stopped:
                self._listener.request_ended()

    def _refuse(self, error: GatewayError) -> None:
        if not self._is_stopped:
            self._is_stopped = True
            self._listener.refuse(error)

    def _new_parser(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self)
        # Of several requests in a row the first may ask for the connection's end, and is answered all the same.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    @property
    def _asks_for_upgrade(self) -> bool:
        # CONNECT asks for one by its name, and is refused as a method that is not proxied.
        return self._parser.should_upgrade() and self._parser.get_method() != b"CONNECT"

    def _read_without_upgrade(self, rest: bytes) -> None:
        """Reads a request again without its wish for another protocol, which nobody has to heed (RFC 9110, 7.8).

        The parser takes what follows such a head for that protocol's. Java's client asks so by default, and sends the
        request's body all the same.
        """
        if not self._asks_for_upgrade:
            return
        parser = self._parser
        head = without_upgrade(parser.get_method(), self._url, parser.get_http_version(), self._headers)
        self._parser = self._new_parser()
        self.feed(head + rest)
