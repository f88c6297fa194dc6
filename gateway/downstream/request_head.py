"""The head of a client's request: what makes it one we do not take, and how an application is told of it."""

from urllib.parse import unquote

import httptools

from gateway.asgi import Headers, Scope
from gateway.errors import BadRequest, GatewayError, HeadTooLarge

MOST_HEAD_BYTES = 64 * 1024
MOST_HEADERS = 256
TOO_LARGE = f"the request line and headers are larger than {MOST_HEAD_BYTES // 1024} KB"


def fault_of(version: str, url: bytes, headers: Headers, most_bytes: int) -> GatewayError | None:
    """Returns why the request is refused; `most_bytes` is what its head has at most."""
    if len(headers) > MOST_HEADERS:
        return HeadTooLarge(f"the request has more than {MOST_HEADERS} headers")
    if most_bytes > MOST_HEAD_BYTES and _bytes_of(url, headers) > MOST_HEAD_BYTES:
        return HeadTooLarge(TOO_LARGE)
    if not _is_plain_framing(version, headers):
        return BadRequest("this is no HTTP/1.1 request whose body has a length or is `chunked`")
    return None


def scope_of(method: bytes, url: bytes, version: str, headers: Headers) -> Scope:
    """Returns what an application is told of the request, but for where it comes from."""
    raw_path, _, query = url.partition(b"?")
    if not raw_path.startswith(b"/") or b"#" in url:
        parsed = httptools.parse_url(url)
        raw_path, query = parsed.path, parsed.query or b""
    path = raw_path.decode("ascii")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": version,
        "scheme": "http",
        "root_path": "",
        "method": method.decode("ascii"),
        "path": unquote(path) if "%" in path else path,
        "raw_path": raw_path,
        "query_string": query,
        "headers": headers,
    }


def without_upgrade(method: bytes, url: bytes, version: str, headers: Headers) -> bytes:
    """Writes the head again, without its wish for another protocol."""
    lines = [b"%b %b HTTP/%b" % (method, url, version.encode())]
    # The parser heeds what would ask for it in either of these. What else they ask for still counts.
    lines += [
        b"%b: %b" % (name, _other_wishes(value) if name in (b"connection", b"proxy-connection") else value)
        for name, value in headers
    ]
    return b"\r\n".join([*lines, b"", b""])


def _bytes_of(url: bytes, headers: Headers) -> int:
    return len(url) + sum([len(name) + len(value) for name, value in headers])


def _is_plain_framing(version: str, headers: Headers) -> bool:
    """Whether everybody who reads the request finds its end in the same place (RFC 9112, 6.3).

    The parser refuses a length beside an encoding itself, but takes encodings that are undone by nobody here.
    """
    if version not in ("1.0", "1.1"):
        return False
    encodings = [value for name, value in headers if name == b"transfer-encoding"]
    return not encodings or (
        version == "1.1" and len(encodings) == 1 and encodings[0].strip(b" \t").lower() == b"chunked"
    )


def _other_wishes(value: bytes) -> bytes:
    tokens = [token.strip() for token in value.split(b",")]
    return b", ".join([token for token in tokens if token.lower() != b"upgrade"])
