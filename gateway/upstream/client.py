"""The client that speaks to providers, over connections kept open between calls.

It passes bytes as they are: no redirects, no cookies, no decompression, no headers of its own but Host and
Content-Length, no proxies from the environment. Its errors are ours.

A call is sent a second time in one case only: its connection had carried a call before and ended without one byte of an
answer, and the method is one that may be repeated. A POST may not: a provider that died with the question has billed
it. Instead an idle connection is asked whether it still stands right before it is used.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

import aiohappyeyeballs

from gateway.errors import BadUpstream, Forbidden, Unreachable, UpstreamDisconnected, UpstreamTimeout
from gateway.upstream.connection import Connection
from gateway.upstream.resolver import GuardedResolver, PrivateAddress
from gateway.upstream.response import UpstreamResponse

_IDLE_SECONDS = 15.0
"""How long an unused connection is kept: shorter than most balancers keep theirs."""
_NEXT_ADDRESS_SECONDS = 0.25
"""How long a host's first address has before the next is tried beside it (RFC 8305)."""
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})
_TARGET = re.compile(r"[!-~]+")
_DEFAULT_PORTS = {"https": 443, "http": 80}
_MOST_KNOWN_ORIGINS = 4096


class _Origin:
    """One place connections lead to, and those that wait for a call; the last used is the first used again."""

    __slots__ = ("host", "idle", "is_tls", "port")

    def __init__(self, host: str, port: int, is_tls: bool) -> None:
        self.host = host
        self.port = port
        self.is_tls = is_tls
        self.idle: list[Connection] = []


class Upstream:
    """Connections to providers. Made and closed inside the event loop."""

    def __init__(
        self,
        *,
        is_trusted: Callable[[str, int], bool],
        connect_timeout_seconds: float = 10.0,
        read_timeout_seconds: float | None = 600.0,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._resolver = GuardedResolver(is_trusted)
        self._connect_timeout_seconds = connect_timeout_seconds
        self._read_timeout_seconds = read_timeout_seconds if read_timeout_seconds is not None else float("inf")
        self._origins: dict[str, _Origin] = {}
        self._connections: set[Connection] = set()
        self._tls: ssl.SSLContext | None = None
        self._pause_seconds = min(1.0, self._read_timeout_seconds / 4)
        self._upkeep = self._loop.call_later(self._pause_seconds, self._look_after_connections)

    async def send(
        self, method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes, host: str
    ) -> UpstreamResponse:
        """Sends a request and returns the response as soon as its head is there; the caller closes it.

        Raises Unreachable, UpstreamTimeout, UpstreamDisconnected, BadUpstream, or Forbidden for a private address.
        """
        scheme, _, rest = url.partition("://")
        authority, slash, target = rest.partition("/")
        head = _head(method, slash + target, authority, tuple(headers))
        if head is None:
            raise BadUpstream(f"{host} could not be asked: the address or a header holds what HTTP cannot carry")
        has_length = body or method not in _WITHOUT_BODY
        head += b"Content-Length: %d\r\n\r\n" % len(body) if has_length else b"\r\n"
        origin = self._origin(scheme, authority)
        connection = self._idle_connection(origin) or await self._connect(origin, host)
        try:
            return await _ask(connection, head, body, host, method)
        except UpstreamDisconnected:
            if connection.calls == 1 or not connection.is_silent or method not in _REPEATABLE:
                raise
        return await _ask(await self._connect(origin, host), head, body, host, method)

    async def close(self) -> None:
        """Closes every connection, also those that carry a call."""
        self._upkeep.cancel()
        for connection in list(self._connections):
            connection.close()
        # The transports close in the loop's next turns; without these, they are reported as leaked.
        for _ in range(2):
            await asyncio.sleep(0)

    def _origin(self, scheme: str, authority: str) -> _Origin:
        """`authority` is host and port as the URL has them."""
        key = f"{scheme}://{authority}"
        origin = self._origins.get(key)
        if origin is None:
            host, port = _place(scheme, authority)
            if len(self._origins) >= _MOST_KNOWN_ORIGINS:
                # Connections that carry a call find their way back to a forgotten origin, and end there unused.
                self._origins = {key: origin for key, origin in self._origins.items() if origin.idle}
            origin = self._origins[key] = _Origin(host, port, scheme == "https")
        return origin

    def _idle_connection(self, origin: _Origin) -> Connection | None:
        while origin.idle:
            connection = origin.idle.pop()
            if connection.is_usable:
                return connection
            connection.close()
        return None

    async def _connect(self, origin: _Origin, host: str) -> Connection:
        try:
            async with asyncio.timeout(self._connect_timeout_seconds):
                return await self._dial(origin)
        except PrivateAddress as error:
            raise Forbidden(str(error)) from error
        except TimeoutError as error:
            raise UpstreamTimeout(f"no connection to {host} in time") from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise Unreachable(f"{host} cannot be reached: {reason}") from error

    async def _dial(self, origin: _Origin) -> Connection:
        addresses = await self._resolver.resolve(origin.host, origin.port)
        # The very addresses that were checked, and no name, so that nothing is resolved a second time.
        connected = await aiohappyeyeballs.start_connection(
            addresses, happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS, interleave=1, loop=self._loop
        )
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        try:
            tls = await self._tls_context() if origin.is_tls else None
            _, connection = await self._loop.create_connection(
                lambda: Connection(self._loop, origin.idle.append, partial(self._forget, origin)),
                sock=connected,
                ssl=tls,
                server_hostname=origin.host if tls is not None else None,
            )
        except BaseException:
            connected.close()
            raise
        self._connections.add(connection)
        return connection

    def _forget(self, origin: _Origin, connection: Connection) -> None:
        self._connections.discard(connection)
        if connection in origin.idle:
            origin.idle.remove(connection)

    async def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            # Reading the certificates takes tens of milliseconds, which nobody else should wait for.
            tls = await asyncio.to_thread(ssl.create_default_context)
            tls.set_alpn_protocols(["http/1.1"])
            self._tls = tls
        return self._tls

    def _look_after_connections(self) -> None:
        """Runs every second: one timer for all connections costs less than one for each wait."""
        now = self._loop.time()
        for connection in list(self._connections):
            if not connection.is_idle:
                connection.check_silence(now, self._read_timeout_seconds)
            elif now - connection.heard_at > _IDLE_SECONDS:
                connection.close()
        self._upkeep = self._loop.call_later(self._pause_seconds, self._look_after_connections)


async def _ask(connection: Connection, head: bytes, body: bytes, host: str, method: str) -> UpstreamResponse:
    response = connection.begin(head, body, host, is_head_request=method == "HEAD")
    try:
        if connection.is_sending:
            await connection.send_body(response, body)
        await response.wait_for_head()
    except BaseException:
        response.close()
        raise
    return response


# A caller's requests have the same head, but for the length of what follows it.
@lru_cache(maxsize=256)
def _head(method: str, target: str, authority: str, headers: tuple[tuple[str, str], ...]) -> bytes | None:
    """Writes the request's head, without its end; None if something in it would end a line or the request."""
    if not target.startswith("/"):
        target = f"/{target}"
    lines = [f"{method} {target} HTTP/1.1\r\nHost: {authority}"]
    lines.extend([f"{name}: {value}" for name, value in headers])
    head = "\r\n".join(lines)
    is_sound = _TARGET.fullmatch(target) and head.count("\n") == head.count("\r") == len(lines) and "\0" not in head
    return head.encode() + b"\r\n" if is_sound else None


def _place(scheme: str, authority: str) -> tuple[str, int]:
    host, colon, port = authority.rpartition(":")
    if not colon or port.endswith("]"):
        host, port = authority, ""
    return host.strip("[]"), int(port) if port else _DEFAULT_PORTS[scheme]
