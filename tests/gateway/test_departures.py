"""How a call learns that its client has left."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

from gateway.departures import EXTENSION, Departures, watch


async def never() -> MutableMapping[str, Any]:
    await asyncio.Event().wait()
    raise AssertionError


async def test_whoever_watches_is_told_when_the_connection_ends():
    departures, told = Departures(), []
    watch({"extensions": {EXTENSION: departures}}, never, lambda: told.append("one"))
    end = watch({"extensions": {EXTENSION: departures}}, never, lambda: told.append("ended"))
    end()
    departures.tell()
    assert told == ["one"]


async def test_a_client_that_left_before_anybody_watched_is_told_of():
    departures, told = Departures(), asyncio.Event()
    departures.tell()
    watch({"extensions": {EXTENSION: departures}}, never, told.set)
    assert not told.is_set(), "never within the call itself"
    await asyncio.wait_for(told.wait(), 5)


async def test_any_other_server_is_asked_by_asgi():
    told = asyncio.Event()
    messages = iter([{"type": "http.request"}, {"type": "http.disconnect"}])

    async def receive() -> MutableMapping[str, Any]:
        return next(messages)

    watch({}, receive, told.set)
    await asyncio.wait_for(told.wait(), 5)
