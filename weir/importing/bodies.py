"""The two bodies of a request at Helicone: in its row, behind a signed address, or not kept at all."""

from dataclasses import dataclass
from typing import Any

import msgspec

from providers.lenient import decode_object

_PLACEHOLDER = b"helicone_message"
"""Stands in a row for a body that lies elsewhere: `{"helicone_message": "fetching body from signed_url..."}`."""

_STREAMED = "streamed_data"
"""The events that Helicone made a stream's answer from, beside that answer."""

_EMPTY = frozenset({b"", b"null", b'""', b"{}"})


@dataclass(frozen=True)
class Bodies:
    """JSON as Helicone has it; None for what it has not."""

    request: bytes | None = None
    response: bytes | None = None


def of_row(request: msgspec.Raw, response: msgspec.Raw) -> Bodies:
    """Returns the bodies that stand in a row."""
    return Bodies(_body(bytes(request)), _body(bytes(response)))


def of_stored(stored: bytes) -> Bodies:
    """Returns the bodies of an object behind a signed address; raises ValueError for anything else."""
    try:
        found = msgspec.json.decode(stored, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    nothing = msgspec.Raw(b"null")
    return of_row(found.get("request", nothing), found.get("response", nothing))


def text_of(body: bytes) -> str | None:
    """Returns the text where the body is one, as of a provider that did not answer in JSON; else None."""
    if not body.startswith(b'"'):
        return None
    decoded: Any = msgspec.json.decode(body)
    return str(decoded)


def _body(written: bytes) -> bytes | None:
    if written.strip() in _EMPTY:
        return None
    if written.startswith(b'"'):
        # Rows of ClickHouse hold the body's JSON as a text.
        inner = str(msgspec.json.decode(written)).encode()
        if decode_object(inner):
            written = inner
    if _PLACEHOLDER in written[:40]:
        return None
    return _without_streamed(written) if _STREAMED.encode() in written else written


def _without_streamed(written: bytes) -> bytes:
    try:
        members = msgspec.json.decode(written, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return written
    if members.pop(_STREAMED, None) is None:
        return written
    return msgspec.json.encode(members)
