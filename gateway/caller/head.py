"""Reads the head of a request once: what is addressed to us, what is a credential, what goes on to the provider.

Our own headers are `Weir-*` and, as their aliases, `Helicone-*` and `X-Helicone-*`; none ever goes upstream, nor does
what belongs to one connection, to the caller's network or to a browser.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache, wraps
from typing import Any, Literal, TypeVar

from gateway.errors import BadRequest

CREDENTIAL_HEADERS = frozenset(
    {
        *(b"authorization", b"x-api-key", b"x-goog-api-key", b"api-key"),
        *(b"xi-api-key", b"api-subscription-key", b"x-portkey-api-key"),
    }
)

_OURS = (b"weir-", b"helicone-", b"x-helicone-")
_KEPT_BACK = frozenset(
    {
        # Of this connection (RFC 9110, 7.6.1), or made anew for the next one.
        *(b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate", b"proxy-authorization", b"te"),
        *(b"trailer", b"transfer-encoding", b"upgrade", b"host", b"content-length", b"expect", b"accept-encoding"),
        # A cookie of this host is none of the provider's business: browsers share it across ports.
        b"cookie",
        # Where the caller sits. A provider behind Cloudflare refuses requests that carry Cloudflare's own.
        *(b"forwarded", b"via", b"x-real-ip", b"true-client-ip", b"x-client-ip", b"cdn-loop"),
        # The caller's own customer, which Helicone's gateway takes for itself.
        b"x-stripe-customer-id",
    }
)
_KEPT_BACK_PREFIXES = (b"x-forwarded-", b"cf-")


T = TypeVar("T")


class Head:
    """A request's headers, sorted by whom they are for; never changed, as it may stand for many requests."""

    __slots__ = ("credentials", "forwarded", "ours", "read", "values")

    def __init__(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Raises BadRequest where a header of ours, or a credential, is given twice: which one is meant is a guess."""
        self.values: dict[bytes, bytes] = {}
        """Every header by its lower-case name; of a repeated one the last."""
        self.ours: dict[str, str] = {}
        """What is addressed to us, by its name without the prefix, such as `user-id`."""
        self.credentials: dict[str, str] = {}
        """The headers that may hold a key, ours or the provider's."""
        self.forwarded: list[tuple[str, str]] = []
        """What goes on to the provider, credentials apart."""
        self.read: dict[object, Any] = {}
        """What `once_a_head` has worked out of it."""
        values = self.values
        for name, value in headers:
            whose, written = _sorted(name)
            if whose == "provider":
                self.forwarded.append((written, text(value)))
            elif whose == "credential":
                _refuse_second(name, values)
                self.credentials[written] = text(value)
            elif whose == "ours":
                _refuse_second(name, values)
                self._take_ours(written, text(value))
            values[name] = value
        if b"connection" in values:
            self._drop_what_connection_names(text(values[b"connection"]))

    def value(self, name: bytes) -> str | None:
        """Returns a header as text; an empty one is none."""
        raw = self.values.get(name)
        return text(raw).strip() or None if raw is not None else None

    def _take_ours(self, name: str, value: str) -> None:
        prefix, _, rest = name.removeprefix("x-").partition("-")
        if prefix == "weir":
            self.ours[rest] = value
        else:
            self.ours.setdefault(rest, value)

    def _drop_what_connection_names(self, connection: str) -> None:
        named = {token.strip().lower() for token in connection.split(",")} - {"keep-alive", "close"}
        if named:
            self.forwarded = [header for header in self.forwarded if header[0] not in named]


def once_a_head(read: Callable[[Head], T]) -> Callable[[Head], T]:
    """Has a function of a head called once for each; the value it gives is shared and must not be changed."""

    @wraps(read)
    def remembering(head: Head) -> T:
        known = head.read
        if read not in known:
            known[read] = read(head)
        value: T = known[read]
        return value

    return remembering


@lru_cache(maxsize=512)
def _sorted(name: bytes) -> tuple[Literal["provider", "credential", "ours", "nobody"], str]:
    """Returns whom a header is for, and its name as text; names come again and again, so that is remembered."""
    written = name.decode("latin-1")
    if name in CREDENTIAL_HEADERS:
        return "credential", written
    if name in _KEPT_BACK:
        return "nobody", written
    if name.startswith(_OURS):
        return "ours", written
    return ("nobody" if name.startswith(_KEPT_BACK_PREFIXES) else "provider"), written


def text(value: bytes) -> str:
    """Reads a header's value: UTF-8 as most clients send it, else Latin-1 as browsers do."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _refuse_second(name: bytes, seen: dict[bytes, bytes]) -> None:
    if name in seen:
        raise BadRequest(f"header `{name.decode('latin-1')}` is given twice; send it once")
