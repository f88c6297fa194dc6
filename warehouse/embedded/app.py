"""ClickHouse's HTTP interface as a plain ASGI application over the engine in this process."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from warehouse.embedded.engine import Engine
from warehouse.embedded.errors import EngineError, refusal
from warehouse.embedded.identity import ORGANIZATION_PARAMETER, Caller, User, authenticate
from warehouse.embedded.query import Query
from warehouse.embedded.reply import Send
from warehouse.embedded.request import ClientLeft, Receive, Request
from warehouse.embedded.sessions import Sessions

READER_THREADS = 24
"""What more readers ask waits for one of these: a call that nothing ends holds its thread until it is over."""
WRITER_THREADS = 16

_log = logging.getLogger(__name__)


class EmbeddedWarehouse:
    """The application. Queries run in threads; the engine works without Python's lock meanwhile."""

    def __init__(self, engine: Engine, passwords: Mapping[str, str]) -> None:
        self._engine = engine
        self._passwords = passwords
        self._sessions = Sessions(engine)
        # Each user has threads of its own, so that nothing that readers ask keeps the loader's work waiting.
        self._threads: dict[User, ThreadPoolExecutor] = {
            "writer": ThreadPoolExecutor(WRITER_THREADS, thread_name_prefix="writer"),
            "reader": ThreadPoolExecutor(READER_THREADS, thread_name_prefix="reader"),
        }
        self._killers = ThreadPoolExecutor(1, thread_name_prefix="kill")
        self._running: set[Query] = set()

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(Request.from_asgi(scope, receive), send)

    async def _answer(self, request: Request, send: Send) -> None:
        if request.path in ("/ping", "/replicas_status"):
            await _say(send, 200, "Ok.\n")
        elif request.path == "/readyz":
            await self._say_ready(send)
        elif request.path != "/":
            await _say(send, 404, f"There is no handle {request.path}\n")
        elif request.method not in ("GET", "POST", "HEAD"):
            await _say(send, 405, f"{request.method} is not supported\n")
        elif request.method != "POST" and "query" not in request.parameters:
            await _say(send, 200, "Ok.\n")
        else:
            with contextlib.suppress(ClientLeft):
                await self._run_query(request, send)

    async def _run_query(self, request: Request, send: Send) -> None:
        query = Query(self._engine, self._sessions, request, send, self._killers)
        try:
            caller = authenticate(
                self._passwords, *request.credentials(), request.parameters.get(ORGANIZATION_PARAMETER)
            )
            if any(query.query_id == other.running_id for other in self._running):
                message = f"Query with id = {query.query_id} is already running."
                raise refusal(216, "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING", message)
            self._running.add(query)
            await query.run(caller, self._threads[caller.user])
        except EngineError as error:
            await query.reply.fail(error, self._engine.version)
        except ClientLeft:
            raise
        except Exception:  # noqa: BLE001 - the last resort: a client is told, an operator reads the log
            _log.exception("The embedded warehouse failed on a query")
            internal = EngineError(1002, "Code: 1002. DB::Exception: internal error of the embedded server")
            await query.reply.fail(internal, self._engine.version)
        finally:
            self._running.discard(query)

    async def _say_ready(self, send: Send) -> None:
        connection = self._engine.connect(Caller("writer"))
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads["writer"], connection.run, "select 1")
        except EngineError as error:
            await _say(send, 503, f"{error.text}\n")
        else:
            await _say(send, 200, "Ok.\n")
        finally:
            connection.close()

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await asyncio.gather(*(query.kill() for query in self._running))
                for threads in self._threads.values():
                    threads.shutdown()
                self._killers.shutdown()
                self._sessions.close()
                self._engine.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


async def _say(send: Send, status: int, text: str) -> None:
    body = text.encode()
    headers = [(b"content-type", b"text/plain; charset=UTF-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
