"""Tells a call that its client has left, at the price of a callback where the server can give one.

A task that waits for ASGI's `http.disconnect` costs a tenth of a call. So the server hands out, as an extension of the
scope, the connection's own list of who wants to know.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from gateway.asgi import Receive, Scope

EXTENSION = "weir.departures"

Left = Callable[[], None]


class Departures:
    """Whom to tell when one client's connection ends."""

    __slots__ = ("_is_gone", "_listeners")

    def __init__(self) -> None:
        self._listeners: set[Left] = set()
        self._is_gone = False

    def add(self, left: Left) -> None:
        """Has `left` called once the client is gone, soon if it is gone already."""
        self._listeners.add(left)
        if self._is_gone:
            asyncio.get_running_loop().call_soon(self._tell, left)

    def discard(self, left: Left) -> None:
        self._listeners.discard(left)

    def tell(self) -> None:
        """The client is gone."""
        self._is_gone = True
        for left in list(self._listeners):
            left()

    def _tell(self, left: Left) -> None:
        if left in self._listeners:
            left()


def watch(scope: Scope, receive: Receive, left: Left) -> Callable[[], object]:
    """Has `left` called when the client leaves after its request was read; returns what ends the watch."""
    departures: Departures | None = scope.get("extensions", {}).get(EXTENSION)
    if departures is None:
        return asyncio.create_task(_wait(receive, left)).cancel
    departures.add(left)
    return partial(departures.discard, left)


async def _wait(receive: Receive, left: Left) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    left()
