"""Reads an HTTP request as ClickHouse's HTTP interface means it: who asks, the query, its parameters and its data."""

import base64
import binascii
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import lz4.frame
import zstandard

from warehouse.embedded.errors import refusal

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_NOT_SETTINGS = frozenset(
    {
        "query", "user", "password", "database", "default_format", "query_id", "session_id", "session_timeout",
        "session_check", "close_session", "wait_end_of_query", "buffer_size", "compress", "decompress", "quota_key",
        "role", "stacktrace", "client_protocol_version", "readonly", "log_comment", "SQL_weir_organization_id",
        "enable_http_compression", "send_progress_in_http_headers", "http_headers_progress_interval_ms",
        "cancel_http_readonly_queries_on_client_close",
    }
)  # fmt: skip
"""Parameters of the interface itself. `readonly` and `log_comment` belong to the server: a caller cannot set them."""


class ClientLeft(Exception):
    """The client closed the connection before its request was complete."""


@dataclass(frozen=True)
class Request:
    """The head of a request; its body is read through `body`."""

    method: str
    path: str
    headers: Mapping[str, str]
    parameters: Mapping[str, str]
    receive: Receive = field(repr=False)

    @classmethod
    def from_asgi(cls, scope: Mapping[str, Any], receive: Receive) -> "Request":
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope["query_string"].decode("latin-1")
        parameters = dict(parse_qsl(query, keep_blank_values=True, max_num_fields=10_000))
        return cls(scope["method"], scope["path"], headers, parameters, receive)

    def credentials(self) -> tuple[str, str]:
        """User and password: of the basic scheme, of ClickHouse's headers, or of the URL."""
        if self.headers.get("authorization", "").lower().startswith("basic "):
            try:
                user, _, password = base64.b64decode(self.headers["authorization"][6:]).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                raise refusal(516, "AUTHENTICATION_FAILED", "The Authorization header cannot be read.") from None
            return user, password
        if "x-clickhouse-user" in self.headers:
            return self.headers["x-clickhouse-user"], self.headers.get("x-clickhouse-key", "")
        return self.parameters.get("user", ""), self.parameters.get("password", "")

    @property
    def database(self) -> str | None:
        return self.parameters.get("database") or self.headers.get("x-clickhouse-database") or None

    @property
    def default_format(self) -> str:
        return self.parameters.get("default_format") or self.headers.get("x-clickhouse-format") or "TabSeparated"

    def settings(self, tables: Collection[str] = ()) -> dict[str, str]:
        """What the URL sets for this query; `tables` names the external tables that the URL also describes."""
        described = {f"{table}_{what}" for table in tables for what in ("structure", "format", "types")}
        return {
            name: value
            for name, value in self.parameters.items()
            if name not in _NOT_SETTINGS and name not in described and not name.startswith("param_")
        }

    async def body(self) -> AsyncIterator[bytes]:
        """The body in pieces, its compression undone; raises ClientLeft if it breaks off."""
        undo = _decompressor(self.headers.get("content-encoding", ""))
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientLeft
            if piece := message.get("body", b""):
                try:
                    piece = undo.decompress(piece)
                except (RuntimeError, zlib.error, zstandard.ZstdError) as error:
                    raise refusal(271, "CANNOT_DECOMPRESS", f"The body cannot be decompressed: {error}.") from None
                if piece:
                    yield piece
            if not message.get("more_body", False):
                break
        if not undo.complete:
            raise refusal(271, "CANNOT_DECOMPRESS", "The body's compressed stream is cut short.")

    async def wait_until_left(self) -> None:
        """Returns when the client closes the connection; to be called after the body was read."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


def query_parameters(parameters: Mapping[str, str]) -> dict[str, str]:
    """The values bound to the query, by name."""
    return {name.removeprefix("param_"): value for name, value in parameters.items() if name.startswith("param_")}


class _Plain:
    complete = True

    def decompress(self, piece: bytes) -> bytes:
        return piece


class _Frames:
    """Undoes a sequence of compressed frames with a decoder made anew for each."""

    def __init__(self, new_decoder: Callable[[], Any]) -> None:
        self._new_decoder = new_decoder
        self._decoder: Any = None

    @property
    def complete(self) -> bool:
        return self._decoder is None or bool(self._decoder.eof)

    def decompress(self, piece: bytes) -> bytes:
        plain = []
        while piece:
            if self._decoder is None or self._decoder.eof:
                self._decoder = self._new_decoder()
            plain.append(self._decoder.decompress(piece))
            piece = (self._decoder.unused_data or b"") if self._decoder.eof else b""
        return b"".join(plain)


def _decompressor(encoding: str) -> Any:
    match encoding.lower():
        case "" | "identity":
            return _Plain()
        case "gzip":
            return _Frames(lambda: zlib.decompressobj(wbits=31))
        case "deflate":
            return _Frames(zlib.decompressobj)
        case "zstd":
            return _Frames(lambda: zstandard.ZstdDecompressor().decompressobj())
        case "lz4":
            return _Frames(lz4.frame.LZ4FrameDecompressor)
    raise refusal(48, "NOT_IMPLEMENTED", f"Unknown content encoding {encoding!r}; use gzip, deflate, lz4 or zstd.")
