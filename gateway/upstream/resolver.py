"""Resolves the hosts the gateway connects to, and lets nothing but public addresses through unless a host is trusted.

The connection is made to the very addresses that were checked, so a name that changes its mind in between gains
nothing.
"""

import ipaddress
import socket
from collections.abc import Callable

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult


class PrivateAddress(OSError):
    """A host that must be public resolves to addresses that are not."""


class GuardedResolver(AbstractResolver):
    """The system's resolver behind a wall."""

    def __init__(self, is_trusted: Callable[[str, int], bool]) -> None:
        self._is_trusted = is_trusted
        self._system = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Raises PrivateAddress, or OSError if the name does not resolve."""
        found = await self._system.resolve(host, port, family)
        if self._is_trusted(host, port):
            return found
        public = [result for result in found if is_public(result["host"])]
        if not public:
            raise PrivateAddress(
                f"{host} resolves to a private address; if that is meant, the operator lists it in WEIR_ALLOWED_TARGETS"
            )
        return public

    async def close(self) -> None:
        await self._system.close()


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet; mapped and embedded IPv4 addresses are looked through."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or _nat64(ip)
        if inner is not None:
            ip = inner
    return ip.is_global and not ip.is_multicast


def _nat64(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    return ipaddress.IPv4Address(ip.packed[-4:]) if ip in ipaddress.ip_network("64:ff9b::/96") else None
