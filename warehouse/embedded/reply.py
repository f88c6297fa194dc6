"""Writes an answer as ClickHouse's HTTP interface does: headers, summary, compression, errors before or amid rows."""

import json
import time
import uuid
import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import lz4.frame
import zstandard

from warehouse.embedded.engine import Counts
from warehouse.embedded.errors import EngineError

Send = Callable[[Mapping[str, Any]], Awaitable[None]]

HELD_BACK_BYTES: dict[str | None, int] = {None: 256 << 10, "0": 0, "1": 4 << 20}
"""How much of an answer is kept until it is whole, so that an error in it is still a proper one, by what the caller
said in `wait_end_of_query`. Who said 0 gets rows as they are made; longer answers are sent in pieces in any case."""


class Reply:
    """One answer. Write pieces, then finish or fail."""

    def __init__(self, send: Send, headers: Mapping[str, str], encoding: str | None, *, waits: str | None) -> None:
        self._send = send
        self._headers = dict(headers)
        self._compressor = _compressor(encoding)
        if encoding:
            self._headers["Content-Encoding"] = encoding
        self._held_back_bytes = HELD_BACK_BYTES.get(waits, HELD_BACK_BYTES[None])
        self._held: list[bytes] = []
        self._held_size = 0
        self._started = False
        self._tag = uuid.uuid4().hex[:16]
        self._began = time.monotonic_ns()

    def set_header(self, name: str, value: str) -> None:
        self._headers[name] = value

    async def write(self, data: bytes, counts: Counts) -> None:
        """Takes a piece of the result, and what was read until then; returns when the client can take more."""
        if not data:
            return
        if not self._started:
            self._held.append(data)
            self._held_size += len(data)
            if self._held_size > self._held_back_bytes:
                self._headers["X-ClickHouse-Exception-Tag"] = self._tag
                self._headers["X-ClickHouse-Summary"] = self._summary(counts)
                await self._start(200)
                await self._send_piece(self._compressor.compress(b"".join(self._held)), more=True)
                self._held = []
            return
        await self._send_piece(self._compressor.compress(data), more=True)

    async def finish(self, counts: Counts, tail: bytes = b"") -> None:
        """Ends the answer with the tail of its data."""
        if self._started:
            last = self._compressor.compress(tail) if tail else b""
            await self._send_piece(last + self._compressor.flush(), more=False)
            return
        self._headers["X-ClickHouse-Summary"] = self._summary(counts)
        data = b"".join([*self._held, tail])
        if data:
            data = self._compressor.compress(data) + self._compressor.flush()
        else:
            self._headers.pop("Content-Encoding", None)
        self._headers["Content-Length"] = str(len(data))
        await self._start(200)
        await self._send_piece(data, more=False)

    async def fail(self, error: EngineError, version: str) -> None:
        """Tells the error: as the answer if nothing was sent yet, else after the rows, and breaks the connection."""
        text = f"{error.text.rstrip()} (version {version})\n".encode()
        if not self._started:
            self._headers.pop("Content-Encoding", None)
            self._headers |= {
                "X-ClickHouse-Exception-Code": str(error.code),
                "Content-Type": "text/plain; charset=UTF-8",
                "Content-Length": str(len(text)),
            }
            await self._start(error.http_status)
            await self._send_piece(text, more=False)
            return
        tag = self._tag.encode()
        marked = b"\r\n__exception__\r\n%s\r\n%s%d %s\r\n__exception__\r\n" % (tag, text, len(text), tag)
        # No last piece follows: a client that knows no tags must not take the rows for all of them.
        await self._send_piece(self._compressor.compress(marked) + self._compressor.flush(), more=True)

    async def _start(self, status: int) -> None:
        self._started = True
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in self._headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def _send_piece(self, data: bytes, *, more: bool) -> None:
        if data or not more:
            await self._send({"type": "http.response.body", "body": data, "more_body": more})

    def _summary(self, counts: Counts) -> str:
        values = {
            "read_rows": counts.read_rows,
            "read_bytes": counts.read_bytes,
            "written_rows": counts.written_rows,
            "written_bytes": counts.written_bytes,
            "total_rows_to_read": counts.read_rows,
            "result_rows": counts.written_rows,
            "result_bytes": counts.written_bytes,
            "elapsed_ns": time.monotonic_ns() - self._began,
        }
        return json.dumps({name: str(value) for name, value in values.items()}, separators=(",", ":"))


def choose_encoding(accepted: str, *, enabled: bool) -> str | None:
    """The first encoding the client accepts that we can write."""
    if not enabled:
        return None
    names = (name.partition(";")[0].strip().lower() for name in accepted.split(","))
    return next((name for name in names if name in ("lz4", "zstd", "gzip", "deflate")), None)


class _Compressor(Protocol):
    def compress(self, data: bytes) -> bytes: ...
    def flush(self) -> bytes: ...


class _None:
    def compress(self, data: bytes) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


class _Lz4:
    def __init__(self) -> None:
        self._context = lz4.frame.LZ4FrameCompressor(auto_flush=True)
        self._began = False

    def compress(self, data: bytes) -> bytes:
        head = b"" if self._began else self._context.begin()
        self._began = True
        return bytes(head + self._context.compress(data))

    def flush(self) -> bytes:
        return bytes(self._context.flush())


class _Zstd:
    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=1).compressobj()

    def compress(self, data: bytes) -> bytes:
        return self._compressor.compress(data) + self._compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)

    def flush(self) -> bytes:
        return self._compressor.flush()


class _Zlib:
    def __init__(self, wbits: int) -> None:
        self._compressor = zlib.compressobj(level=3, wbits=wbits)

    def compress(self, data: bytes) -> bytes:
        return self._compressor.compress(data) + self._compressor.flush(zlib.Z_SYNC_FLUSH)

    def flush(self) -> bytes:
        return self._compressor.flush()


def _compressor(encoding: str | None) -> _Compressor:
    match encoding:
        case "lz4":
            return _Lz4()
        case "zstd":
            return _Zstd()
        case "gzip":
            return _Zlib(31)
        case "deflate":
            return _Zlib(15)
    return _None()
