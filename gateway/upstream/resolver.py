"""Resolves the hosts the gateway connects to, and lets nothing but public addresses through unless a host is trusted.

The connection is made to the very addresses that were checked, so a name that changes its mind in between gains
nothing.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from gateway.upstream.public_addresses import is_public

Address = tuple[int, int, int, str, tuple[Any, ...]]
"""Family, type, protocol, canonical name and socket address, as the system's resolver gives them."""

_REMEMBERED_SECONDS = 10.0
_MOST_REMEMBERED = 4096


class PrivateAddress(OSError):
    """A host that must be public resolves to addresses that are not."""


class GuardedResolver:
    """The system's resolver behind a wall, with a short memory."""

    def __init__(self, is_trusted: Callable[[str, int], bool]) -> None:
        self._is_trusted = is_trusted
        self._known: dict[tuple[str, int], tuple[float, list[Address]]] = {}

    async def resolve(self, host: str, port: int) -> list[Address]:
        """Returns the addresses that may be connected to. Raises PrivateAddress, or OSError if there are none."""
        now = asyncio.get_running_loop().time()
        known_until, addresses = self._known.get((host, port), (0.0, []))
        if now < known_until:
            return addresses
        found = await _look_up(host, port)
        if not self._is_trusted(host, port):
            found = [address for address in found if is_public(address[4][0])]
            if not found:
                raise PrivateAddress(
                    f"{host} resolves to a private address; if that is meant, the operator lists it in "
                    "WEIR_ALLOWED_TARGETS"
                )
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[host, port] = (now + _REMEMBERED_SECONDS, found)
        return found


async def _look_up(host: str, port: int) -> list[Address]:
    try:
        # A host that is an address needs no thread to wait in.
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [(family, type, protocol, name, place) for family, type, protocol, name, place in found]
