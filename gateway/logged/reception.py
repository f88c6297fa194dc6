"""Takes reports at the log doors: who reports, what is reported, the answer once it is kept."""

import asyncio
import logging

import msgspec

from gateway.asgi import Receive, Scope, Send
from gateway.bodies.request_body import ClientLeft, plain_body_of, read_body
from gateway.caller.credentials import read_credentials
from gateway.caller.head import Head
from gateway.caller.keys import KeyCache
from gateway.errors import GatewayError, MethodNotAllowed, TooLarge
from gateway.logged.doors import LogDoor
from gateway.logged.errors import BadReport
from gateway.logged.keeper import Keeper
from gateway.logged.manual.exchange import exchange_of
from gateway.logged.manual.form import read_form
from gateway.logged.otlp import answers
from gateway.logged.otlp.traces import Traces, read_traces
from gateway.logged.reporter import Reporter
from gateway.responses import identified, retry_headers, send_body, send_error, send_json
from providers.catalog import Catalog

_logger = logging.getLogger(__name__)

_NOTHING = Traces([], 0, 0, "")


class Reception:
    """Answers at every log door."""

    def __init__(
        self, keys: KeyCache, keeper: Keeper, catalog: Catalog, *, request_bytes: int, kept_bytes: int
    ) -> None:
        self._keys = keys
        self._keeper = keeper
        self._catalog = catalog
        self._request_bytes = request_bytes
        self._kept_bytes = kept_bytes

    async def answer(self, door: LogDoor, head: Head, scope: Scope, receive: Receive, send: Send) -> None:
        """Takes one report. What is answered 200 is in the spool, or counted where the operator lets it be dropped."""
        take = self._take_log if door.form == "manual" else self._take_export
        try:
            await take(door, head, scope, receive, send)
        except ClientLeft:
            _logger.info("a report at %s broke off", scope["path"])
        except Exception:
            # Whatever it was, it is ours; the report is not kept, and its sender must not think so.
            _logger.exception("a report at %s could not be read", scope["path"])
            await send_error(send, GatewayError("internal error; the log has more"), None)

    async def _take_log(self, door: LogDoor, head: Head, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            reporter, body = await self._read(head, scope, receive)
            exchange = exchange_of(read_form(body), reporter, self._catalog, door.provider)
            self._keeper.keep([exchange])
        except BadReport as error:
            await send_json(send, error.status, _complaint(error))
        except GatewayError as error:
            await send_error(send, error, None)
        else:
            id = exchange.request_id
            await send_json(send, 200, msgspec.json.encode({"request_id": id}), identified(id))

    async def _take_export(self, door: LogDoor, head: Head, scope: Scope, receive: Receive, send: Send) -> None:
        is_json = (head.value(b"content-type") or "").lower().startswith("application/json")
        content_type = answers.JSON if is_json else answers.PROTOBUF
        try:
            reporter, body = await self._read(head, scope, receive)
            traces = _NOTHING
            if door.form == "traces":
                # Large exports take a while to read, and calls pass meanwhile.
                traces = await asyncio.to_thread(read_traces, body, is_json, reporter, self._catalog)
            self._keeper.keep(traces.exchanges)
        except GatewayError as error:
            answer = answers.failure(is_json, error.message)
            await send_body(send, error.status, content_type, answer, retry_headers(error))
        else:
            self._keeper.count(ignored=traces.ignored, rejected=traces.rejected)
            await send_body(send, 200, content_type, answers.success(is_json, traces.rejected, traces.problem))

    async def _read(self, head: Head, scope: Scope, receive: Receive) -> tuple[Reporter, bytes]:
        """Finds out who reports, and reads what. Raises GatewayError, or ClientLeft."""
        if scope["method"] != "POST":
            raise MethodNotAllowed(f"reports are sent by POST, not by {scope['method']}")
        credentials = read_credentials(head)
        key = await self._keys.find(credentials.secret)
        self._keeper.check_room()
        received = await read_body(scope, receive, self._request_bytes)
        body = await plain_body_of(head, received, self._request_bytes)
        if len(body) > self._request_bytes:
            raise TooLarge(f"the report has more than {self._request_bytes} bytes when its encoding is undone")
        secrets = [credentials.secret, *credentials.own.values()]
        return Reporter(key, head, secrets, self._kept_bytes), body


def _complaint(error: BadReport) -> bytes:
    """Writes what is wrong in Helicone's words, and in ours."""
    return msgspec.json.encode(
        {
            "isValid": False,
            "errors": [{"field": error.field, "message": error.rule}],
            "error": {"code": error.type, "message": error.message},
        }
    )
