"""The client that speaks to providers: the one place that knows aiohttp.

It passes bytes as they are: no redirects, no cookies, no decompression, no headers of its own, no proxies from the
environment. Its errors are ours.
"""

import asyncio
import io
from collections.abc import Callable, Sequence

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from gateway.errors import BadUpstream, Forbidden, Unreachable, UpstreamDisconnected, UpstreamTimeout
from gateway.upstream.resolver import GuardedResolver, PrivateAddress

_LONGEST_HEADER = 64 * 1024
_MOST_HEADERS = 256
_LARGE_BODY = 256 * 1024
_NOT_BY_US = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class UpstreamResponse:
    """A provider's response whose body is still on its way."""

    __slots__ = ("_host", "_response", "headers", "status")

    def __init__(self, response: aiohttp.ClientResponse, host: str) -> None:
        self._response = response
        self._host = host
        self.status = response.status
        self.headers: Sequence[tuple[bytes, bytes]] = response.raw_headers

    async def read(self) -> bytes:
        """Returns what has arrived, waiting for something to arrive; nothing at the end of the body.

        Raises UpstreamTimeout or UpstreamDisconnected if the body stays incomplete.
        """
        try:
            return await self._response.content.readany()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _translated(error, self._host) from error

    @property
    def is_complete(self) -> bool:
        """Whether everything has been read, as far as is known yet."""
        return self._response.content.at_eof()

    def close(self) -> None:
        """Gives the connection back if the body has been read to its end, else cuts it, so that the provider stops."""
        self._response.close()


class Upstream:
    """Connections to providers, kept open between calls. Made and closed inside the event loop."""

    def __init__(
        self,
        *,
        is_trusted: Callable[[str, int], bool],
        connect_timeout_seconds: float = 10.0,
        read_timeout_seconds: float | None = 600.0,
    ) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, resolver=GuardedResolver(is_trusted), ttl_dns_cache=10),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=connect_timeout_seconds, sock_read=read_timeout_seconds
            ),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=_NOT_BY_US,
            max_line_size=_LONGEST_HEADER,
            max_field_size=_LONGEST_HEADER,
            max_headers=_MOST_HEADERS,
        )

    async def send(
        self, method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes, host: str
    ) -> UpstreamResponse:
        """Sends a request and returns the response as soon as its head is there; the caller closes it.

        Raises Unreachable, UpstreamTimeout, UpstreamDisconnected, BadUpstream, or Forbidden for a private address.
        """
        try:
            response = await self._session.request(
                method,
                URL(url, encoded=True),
                headers=CIMultiDict(headers),
                data=_data(body),
                allow_redirects=False,
            )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _translated(error, host) from error
        return UpstreamResponse(response, host)

    async def close(self) -> None:
        await self._session.close()
        # The transports close in the loop's next turns; without these, TLS connections are reported as leaked.
        await asyncio.sleep(0)


def _data(body: bytes) -> bytes | io.BytesIO | None:
    """A large body is written in parts, so that it does not hold up everybody else."""
    return io.BytesIO(body) if len(body) > _LARGE_BODY else body or None


def _translated(
    error: Exception, host: str
) -> Unreachable | UpstreamTimeout | UpstreamDisconnected | BadUpstream | Forbidden:
    """Names what happened without showing internals; the host is the one the caller chose."""
    private = _cause(error, PrivateAddress)
    if private is not None:
        return Forbidden(str(private))
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return UpstreamTimeout(f"no connection to {host} in time")
    if isinstance(error, TimeoutError):
        return UpstreamTimeout(f"{host} stayed silent for too long")
    if isinstance(error, aiohttp.ClientConnectorError):
        return Unreachable(f"{host} cannot be reached: {error.strerror or type(error).__name__}")
    if isinstance(error, aiohttp.ClientResponseError):
        return BadUpstream(f"{host} answered with something that is no HTTP response")
    if isinstance(error, aiohttp.ClientConnectionError | aiohttp.ClientPayloadError | OSError):
        return UpstreamDisconnected(f"{host} closed the connection before its answer was complete")
    return BadUpstream(f"{host} could not be asked: {type(error).__name__}")


def _cause(error: BaseException | None, kind: type[Exception]) -> BaseException | None:
    while error is not None:
        if isinstance(error, kind):
            return error
        error = error.__cause__ or error.__context__
    return None
