"""Answers to an exporter, in the encoding it used (OTLP/HTTP 1.10).

200   an empty response, or one that says how many spans were rejected and why
4xx   a `google.rpc.Status`: nothing of the export was kept, and sending it again will not help
503   the same with Retry-After: send it again
"""

import msgspec

JSON = b"application/json"
PROTOBUF = b"application/x-protobuf"


def success(is_json: bool, rejected: int = 0, problem: str = "") -> bytes:
    """Writes an `ExportTraceServiceResponse`. Whoever exports metrics or logs reads an empty one as theirs."""
    if not rejected:
        return b"{}" if is_json else b""
    if is_json:
        # Whole numbers of 64 bits are texts in protobuf's JSON.
        return msgspec.json.encode({"partialSuccess": {"rejectedSpans": str(rejected), "errorMessage": problem}})
    return _field(1, b"\x08" + _varint(rejected) + _field(2, problem.encode()))


def failure(is_json: bool, message: str) -> bytes:
    """Writes a `google.rpc.Status`."""
    return msgspec.json.encode({"message": message}) if is_json else _field(2, message.encode())


def _field(number: int, content: bytes) -> bytes:
    """A field of bytes, a text or a message: its number and wire type 2, the length, the content."""
    return bytes((number << 3 | 2,)) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)
