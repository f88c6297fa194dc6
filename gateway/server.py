"""How the gateway is served: uvicorn with uvloop and httptools, one worker, and a bound on what comes before a body."""

import logging

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.asgi import App

MOST_HEAD_BYTES = 64 * 1024

_TOO_LARGE = b'{"error":{"code":"head_too_large","message":"the request line and headers are larger than 64 KB"}}'
_KEEP_ALIVE_SECONDS = 75


class BoundedHead(HttpToolsProtocol):
    """Refuses a request whose head or trailers do not end; the parser alone would gather them without a bound."""

    _gathered_bytes = 0
    """What came since the last part of a body, or since the request began."""
    _is_in_head = False

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head = True
        self._gathered_bytes = 0

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._gathered_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._gathered_bytes = 0
        super().on_body(body)

    def data_received(self, data: bytes) -> None:
        self._gathered_bytes += len(data)
        super().data_received(data)
        if self._gathered_bytes > MOST_HEAD_BYTES:
            self._gathered_bytes = 0
            if self._is_in_head:
                self._refuse()
            else:
                # The call may be answered already: there is nothing more to say.
                self.transport.close()

    def _refuse(self) -> None:
        self.transport.write(
            b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/json\r\n"
            b"connection: close\r\ncontent-length: %d\r\n\r\n%s" % (len(_TOO_LARGE), _TOO_LARGE)
        )
        self.transport.close()


def server_of(app: App, host: str, port: int, drain_seconds: int) -> uvicorn.Server:
    """Returns a server that, when told to stop, lets running calls finish for that long."""
    logging.getLogger("uvicorn.error").addFilter(_leave_out_broken_responses)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http=BoundedHead,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=drain_seconds,
        backlog=2048,
    )
    return uvicorn.Server(config)


def _leave_out_broken_responses(record: logging.LogRecord) -> bool:
    """A response is left unfinished on purpose when its provider breaks off; the record tells why."""
    return record.msg != "ASGI callable returned without completing response."
