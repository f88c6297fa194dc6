"""The way of a response's body from its provider to the client: read along, recorded before its last part, sent on."""

import asyncio
import time

from gateway.asgi import Send
from gateway.bodies.tap import Tap
from gateway.call import Call
from gateway.downstream.turn import Turn
from gateway.recording.recorder import Recorder
from gateway.routing.answer import Answer
from gateway.upstream.response import UpstreamResponse
from providers.dialects.chat_completions.include_usage import UsageChunkFilter


class Passage:
    """Made when the head of the answer has been sent."""

    def __init__(
        self, call: Call, answer: Answer, tap: Tap, usage_filter: UsageChunkFilter | None, recorder: Recorder
    ) -> None:
        self._call = call
        self._answer = answer
        self._tap = tap
        self._usage_filter = usage_filter
        self._recorder = recorder

    async def go(self, send: Send) -> None:
        """Returns when everything is on its way to the client. Raises UpstreamError if the body stays incomplete."""
        call, response = self._call, self._answer.response
        # What the cache keeps passes through it.
        if call.turn is not None and call.visit is None and isinstance(response, UpstreamResponse):
            await _Pushed(self, self._answer, response, call.turn).done()
            return
        while True:
            chunk = self._answer.begun or await response.read()
            chunk, is_last = self.passed(chunk)
            if chunk or is_last:
                await send({"type": "http.response.body", "body": chunk, "more_body": not is_last})
            if is_last:
                return

    def passed(self, chunk: bytes) -> tuple[bytes, bool]:
        """Returns what of the next part of the body is for the client, and whether it is the last; none is the end."""
        call, tap, usage_filter = self._call, self._tap, self._usage_filter
        self._answer.begun = b""
        is_last = not chunk or self._answer.response.is_complete
        if chunk:
            if call.first_byte_at is None:
                call.first_byte_at = time.perf_counter()
            tap.take(chunk)
        if is_last or tap.is_message_complete:
            self._recorder.record(call)
        call.is_answered = is_last
        if usage_filter is not None:
            chunk = usage_filter.feed(chunk)
            if is_last:
                chunk += usage_filter.flush()
        return chunk, is_last


class _Pushed:
    """A passage each part of which is sent on in the moment it comes.

    A stream has many small parts, and waking the call's task for each would cost more than all else that is done.
    """

    def __init__(self, passage: Passage, answer: Answer, response: UpstreamResponse, turn: Turn) -> None:
        self._passage = passage
        self._answer = answer
        self._response = response
        self._turn = turn
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def done(self) -> None:
        """Waits until the last part is on its way."""
        self._response.listener = self._turn.on_writable = self._go_on
        try:
            self._go_on()
            await self._done
        finally:
            self._response.listener = self._turn.on_writable = None

    def _go_on(self) -> None:
        """Sends on what has come, as long as the client takes it."""
        answer, response, turn, done = self._answer, self._response, self._turn, self._done
        try:
            # Of a client that is gone the call hears otherwise, and what it did not get must not look delivered.
            while (answer.begun or response.has_news) and not (turn.is_paused or turn.is_gone or done.done()):
                chunk, is_last = self._passage.passed(answer.begun or response.taken())
                if chunk or is_last:
                    turn.write(chunk, is_last=is_last)
                if is_last:
                    done.set_result(None)
        except Exception as error:  # noqa: BLE001
            # It is for the one who serves the call, not for whoever brought the news.
            if not done.done():
                done.set_exception(error)
