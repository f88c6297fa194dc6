"""One query from request to answer: reads the statement, runs it in a thread, and stops it if the client leaves."""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from warehouse.embedded import formats
from warehouse.embedded.engine import Block, Connection, Counts, Engine, Insertion, quoted
from warehouse.embedded.errors import EngineError, refusal
from warehouse.embedded.form import Form, read_form
from warehouse.embedded.guard import check_method_may_run, check_reader_may_run
from warehouse.embedded.identity import Caller
from warehouse.embedded.kill import by_clients_id
from warehouse.embedded.native import Column, later_blocks, one_block, revision_asked
from warehouse.embedded.reply import Reply, Send, choose_encoding
from warehouse.embedded.request import ClientLeft, Request, query_parameters
from warehouse.embedded.sessions import DEFAULT_SECONDS, Session, Sessions
from warehouse.embedded.statement import Statement, read_statement

HEAD_BYTES = 64 << 10
"""How much of a body is read before asking whether it is an INSERT whose data should not be collected."""
LONGEST_QUERY_BYTES = 64 << 20
"""The most a body may hold that is not streamed into an INSERT."""
LONGEST_RESULT_BYTES = 1 << 30
"""The most a result may hold in a format that cannot be sent in pieces."""
INSERT_PIECE_BYTES = 1 << 20
KILL_AGAIN_SECONDS = 0.5

_FORMAT_NAME = re.compile(r"\w+", re.ASCII)
_QUERY_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)


class Query:
    """The course of one query."""

    def __init__(
        self,
        engine: Engine,
        sessions: Sessions,
        request: Request,
        send: Send,
        killers: ThreadPoolExecutor,
    ) -> None:
        self._engine = engine
        self._sessions = sessions
        self._request = request
        self._threads: ThreadPoolExecutor | None = None
        self._killers = killers
        asked_id = request.parameters.get("query_id", "")
        self.query_id = asked_id if _QUERY_ID.fullmatch(asked_id) else str(uuid.uuid4())
        self._mark_id = f"{uuid.uuid4()} {self.query_id}"
        self._mark: str | None = None
        self._departure: asyncio.Task[None] | None = None
        encoding = choose_encoding(
            request.headers.get("accept-encoding", ""),
            enabled=request.parameters.get("enable_http_compression", "0") == "1",
        )
        headers = {
            "X-ClickHouse-Server-Display-Name": "weir",
            "X-ClickHouse-Query-Id": self.query_id,
            "X-ClickHouse-Timezone": "UTC",
        }
        self.reply = Reply(send, headers, encoding, waits=request.parameters.get("wait_end_of_query"))

    @property
    def running_id(self) -> str | None:
        """The query's id while the engine works on it, also when nobody waits for that any more."""
        return self.query_id if self._mark is not None else None

    async def run(self, caller: Caller, threads: ThreadPoolExecutor) -> None:
        """Answers the request with these threads; raises EngineError if the query is refused or fails."""
        self._threads = threads
        body = self._request.body()
        form = await self._read_form(body)
        statement, data = await self._read_statement(form, body)
        format = statement.format or self._request.default_format
        settings = self._request.settings(form.files)
        if caller.user == "writer" and formats.joiner(format) is None:
            settings.setdefault("max_result_bytes", str(LONGEST_RESULT_BYTES))
        session = self._take_session(caller)
        connection = session.connection if session else self._engine.connect(caller)
        failed, tail = True, b""
        before: tuple[str, dict[str, str]] = ("", {})
        try:
            if session:
                before = await self._call(connection.before, settings)
            await self._call(connection.prepare, self._mark_id, settings, self._request.database)
            self._mark = connection.mark
            await self._check(connection, statement, form)
            for name, content in form.files.items():
                await self._call(self._make_table, connection, name, content)
            if statement.data_at is not None:
                counts = await self._insert(connection, statement, data)
            else:
                counts, tail = await self._answer(connection, statement, format, form)
            failed = False
        finally:
            self._mark = None
            # Before the answer ends: who has read it may ask the same session again at once.
            database, values = before
            if statement.verb == "USE" or self._request.database is None:
                database = ""
            restore = partial(connection.restore, database, values, form.files)
            await self._release(connection, session, restore, failed=failed)
        await self.reply.finish(counts, tail)

    async def kill(self) -> None:
        """Asks the query to stop, if it runs."""
        if self._mark is not None:
            await asyncio.get_running_loop().run_in_executor(self._killers, self._engine.kill, self._mark)

    async def _read_form(self, body: AsyncIterator[bytes]) -> Form:
        content_type = self._request.headers.get("content-type", "")
        if not content_type.lower().startswith("multipart/form-data"):
            return Form({}, {})
        return read_form(content_type, await _read_all(body))

    async def _read_statement(self, form: Form, body: AsyncIterator[bytes]) -> tuple[Statement, AsyncIterator[bytes]]:
        """The statement, and the data of an INSERT as far as they were not read with it."""
        asked = self._request.parameters.get("query", "") + form.fields.get("query", "")
        head = bytearray(asked.encode() + b"\n" if asked else b"")
        async for piece in body:
            head += piece
            if len(head) > HEAD_BYTES:
                statement = _insert_in(bytes(head))
                if statement is not None and statement.data_at is not None:
                    return statement, _chain(bytes(head[statement.data_at :]), body)
                head += await _read_all(body, LONGEST_QUERY_BYTES - len(head))
        statement = read_statement(bytes(head))
        self._departure = asyncio.create_task(self._request.wait_until_left())
        return statement, _chain(bytes(head[statement.data_at or 0 :]), None)

    async def _check(self, connection: Connection, statement: Statement, form: Form) -> None:
        if self._request.method == "POST" and connection.caller.user == "writer":
            return
        classified = await self._call(connection.classify, statement.sql)
        check_method_may_run(self._request.method, classified)
        if connection.caller.user == "reader":
            if form.files:
                raise refusal(164, "READONLY", "reader: external tables cannot be sent here.")
            check_reader_may_run(statement, classified)

    def _make_table(self, connection: Connection, name: str, content: bytes) -> None:
        """Makes a temporary table of a file that came with the query."""
        parameters = self._request.parameters
        structure = parameters.get(f"{name}_structure") or _structure(parameters.get(f"{name}_types", ""))
        connection.run(f"create temporary table {quoted(name)} ({structure})")
        format = _plain_name(parameters.get(f"{name}_format", "TabSeparated"))
        insertion = connection.insert(f"insert into {quoted(name)}".encode(), format)
        insertion.append(content)
        insertion.finish({})

    async def _insert(self, connection: Connection, statement: Statement, data: AsyncIterator[bytes]) -> Counts:
        parameters = query_parameters(self._request.parameters)
        head, settings = statement.sql[: statement.settings_at], b""
        if statement.settings_at is not None:
            settings = statement.sql[statement.settings_at :]
        insertion: Insertion = await self._call(connection.insert, head, str(statement.format), settings)
        try:
            async for piece in _gathered(data):
                await self._call(insertion.append, piece)
        except BaseException:
            await self._call(insertion.cancel)
            raise
        finished: Counts = await self._call(insertion.finish, parameters)
        return finished

    async def _answer(
        self, connection: Connection, statement: Statement, format: str, form: Form
    ) -> tuple[Counts, bytes]:
        """Sends the result but for its tail, after which a client knows that it has everything."""
        parameters = query_parameters({**self._request.parameters, **form.fields})
        if statement.has_result:
            self.reply.set_header("X-ClickHouse-Format", format)
            self.reply.set_header("Content-Type", formats.media_type(format))
        join = formats.joiner(format) if statement.is_select else None
        revision = revision_asked(self._request.parameters.get("client_protocol_version", "0"))
        is_later = format.lower() == "native" and revision > 0
        if join is None:
            sql = by_clients_id(statement.sql) if statement.verb == "KILL" else statement.sql
            run = partial(connection.run, sql, format, parameters)
            block: Block = await self._call(run, kill=statement.has_result)
            await self.reply.write(one_block(block.data) if is_later else block.data, block.counts)
            return block.counts, b""
        counts = Counts()
        blocks = connection.stream(statement.sql, format, parameters)
        if is_later:
            blocks = later_blocks(blocks, partial(self._describe, connection.caller, statement.query, parameters))
        try:
            while (piece := await self._call(next, blocks, None, kill=True)) is not None:
                counts += piece.counts
                await self.reply.write(join(piece.data), counts)
        finally:
            await self._call(blocks.close)
        return counts, join.END if isinstance(join, formats.ArrowJoiner) else b""

    def _describe(self, caller: Caller, query: bytes, parameters: dict[str, str]) -> list[Column]:
        """The columns of the query, asked for beside it; none if only its own connection knows them."""
        connection = self._engine.connect(caller)
        try:
            connection.prepare(self._mark_id, self._request.settings(), self._request.database)
            return connection.describe(query, parameters)
        except EngineError:
            return []
        finally:
            connection.close()

    async def _call(self, function: Callable[..., Any], *arguments: Any, kill: bool = False) -> Any:
        """Runs the function in a thread. With `kill`, stops it and raises ClientLeft if the client leaves meanwhile."""
        work = asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)
        waited_for = {work, self._departure} if kill and self._departure else {work}
        try:
            await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await self._stop(work)
            raise
        if work.done():
            return work.result()
        await self._stop(work)
        raise ClientLeft

    async def _stop(self, work: asyncio.Future[Any]) -> None:
        """Kills the query until its thread is free: the engine may not have known it yet when asked first."""
        while not work.done():
            await self.kill()
            await asyncio.wait({work}, timeout=KILL_AGAIN_SECONDS)
        work.exception()

    def _take_session(self, caller: Caller) -> Session | None:
        # A reader's connection is locked for one organization and its limits, so it serves one request.
        name = self._request.parameters.get("session_id", "")
        if not name or caller.user == "reader":
            return None
        return self._sessions.take(caller, name, must_exist=self._request.parameters.get("session_check") == "1")

    async def _release(
        self, connection: Connection, session: Session | None, restore: Callable[[], None], *, failed: bool
    ) -> None:
        if self._departure is not None:
            self._departure.cancel()
        if session is None:
            await self._call(connection.close)
            return
        try:
            if failed:
                await self._call(connection.discard_leftovers)
            await self._call(restore)
        except EngineError:
            self._sessions.drop(session)
        else:
            self._sessions.give_back(session, float(self._request.parameters.get("session_timeout", DEFAULT_SECONDS)))


def _insert_in(head: bytes) -> Statement | None:
    """The INSERT that the beginning of a body holds as a whole."""
    try:
        statement = read_statement(head)
    except EngineError:
        return None
    return statement if statement.data_at is not None and statement.data_at < len(head) // 2 else None


async def _read_all(body: AsyncIterator[bytes], limit: int = LONGEST_QUERY_BYTES) -> bytes:
    collected = bytearray()
    async for piece in body:
        collected += piece
        if len(collected) > limit:
            raise refusal(62, "SYNTAX_ERROR", f"The query is longer than {LONGEST_QUERY_BYTES} bytes.")
    return bytes(collected)


async def _chain(first: bytes, rest: AsyncIterator[bytes] | None) -> AsyncIterator[bytes]:
    yield first
    if rest is not None:
        async for piece in rest:
            yield piece


async def _gathered(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in larger pieces: each costs a change of threads."""
    gathered = bytearray()
    async for piece in pieces:
        gathered += piece
        if len(gathered) >= INSERT_PIECE_BYTES:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def _plain_name(format: str) -> str:
    if not _FORMAT_NAME.fullmatch(format):
        raise refusal(73, "UNKNOWN_FORMAT", f"Unknown format {format!r}.")
    return format


def _structure(types: str) -> str:
    """The columns of a table given by its types alone."""
    return ", ".join(f"_{number} {type}" for number, type in enumerate(types.split(","), start=1))
