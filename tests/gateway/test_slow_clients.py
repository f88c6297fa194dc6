"""Clients that take their answer slowly, not at all, or leave: they cost little memory, and their rows tell."""

import asyncio
import resource
import socket
from asyncio import StreamReader, StreamWriter
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from gateway.downstream.patience import Limits
from tests.gateway.faults.waiting import until
from tests.gateway.running import Accounts, RunningGateway, running_gateway
from tests.gateway.vendor import Vendor, chunk, stream_head, vendor
from warehouse.record import Exchange

EVENT = b'data: {"choices":[{"delta":{"content":"%b"}}]}\n\n' % (b"x" * 16_000)
END = b"data: [DONE]\n\n"
PATIENCE_SECONDS = 0.4
BUFFER_BYTES = 64 * 1024
"""What the system may hold: left to itself it takes megabytes of each answer, and hides what the gateway does."""


class Flood:
    """A provider that sends that many events, as fast as they are taken."""

    def __init__(self, events: int) -> None:
        self.bytes = events * len(EVENT)
        self.sent_bytes = 0
        self.is_over = asyncio.Event()
        self._events = events

    async def __call__(self, _: StreamReader, writer: StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        writer.write(stream_head())
        for _ in range(self._events):
            writer.write(chunk(EVENT))
            await writer.drain()
            self.sent_bytes += len(EVENT)
        writer.write(chunk(END) + chunk(b""))
        await writer.drain()
        self.is_over.set()

    async def stands_still(self) -> int:
        """Waits until nothing more is taken of it, and returns how much was."""
        before = -1
        while before != self.sent_bytes or not before:
            before = self.sent_bytes
            await asyncio.sleep(0.2)
        return before


def asked(gateway: RunningGateway, provider: Vendor, user: str, version: str = "1.1") -> socket.socket:
    """Asks on a connection that holds little for who does not read."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", int(gateway.url.rpartition(":")[2])))
    body = b'{"model":"m","stream":true,"messages":[]}'
    connection.sendall(
        f"POST /v1/chat/completions HTTP/{version}\r\nhost: x\r\nweir-auth: Bearer {gateway.accounts.key}\r\n"
        f"weir-target-url: {provider.url}\r\nweir-user-id: {user}\r\ncontent-length: {len(body)}\r\n\r\n".encode()
        + body
    )
    connection.setblocking(False)
    return connection


async def rest_of(connection: socket.socket) -> bytes:
    """Reads fast, until the answer or the connection ends."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    came, loop = bytearray(), asyncio.get_running_loop()
    while data := await asyncio.wait_for(loop.sock_recv(connection, 1 << 20), 20):
        came += data
        if came.endswith(b"\r\n0\r\n\r\n"):
            break
    return bytes(came)


async def row_of(gateway: RunningGateway, user: str) -> Exchange:
    return await asyncio.to_thread(gateway.record_where, lambda row: row.user_id == user)


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory, accounts: Accounts):
    settings = {"allowed_targets": "127.0.0.1", "max_body_bytes": 100_000, "unsent_bytes": BUFFER_BYTES}
    with running_gateway(tmp_path_factory.mktemp("patient"), accounts, **settings) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory, accounts: Accounts):
    limits = Limits(taking_seconds=PATIENCE_SECONDS)
    settings = {"allowed_targets": "127.0.0.1", "limits": limits, "unsent_bytes": BUFFER_BYTES}
    with running_gateway(tmp_path_factory.mktemp("impatient"), accounts, **settings) as gateway:
        yield gateway


async def test_a_provider_is_read_no_faster_than_the_client_reads(patient: RunningGateway):
    flood, user = Flood(1_000), uuid4().hex
    async with vendor(flood) as provider:
        with closing(asked(patient, provider, user)) as connection:
            held_bytes = await flood.stands_still()
            came = await rest_of(connection)
    row = await row_of(patient, user)
    assert held_bytes < flood.bytes / 4
    assert len(came) > flood.bytes
    assert END in came[-100:]
    assert (row.status_code, row.error_type) == (200, None)
    assert row.response_body_bytes is not None
    assert row.response_body_bytes >= flood.bytes


async def test_a_client_that_takes_nothing_is_let_go_and_its_row_says_so(impatient: RunningGateway):
    flood, user = Flood(1_000), uuid4().hex
    async with vendor(flood) as provider:
        with closing(asked(impatient, provider, user)):
            await asyncio.wait_for(provider.left.wait(), 20)
            row = await row_of(impatient, user)
            await until(lambda: impatient.metric("weir_gateway_in_flight") == 0)
    assert (row.status_code, row.error_type) == (200, "client_disconnected")


async def test_a_slow_client_that_goes_on_taking_is_waited_for(impatient: RunningGateway):
    flood, user = Flood(300), uuid4().hex
    async with vendor(flood) as provider:
        with closing(asked(impatient, provider, user)) as connection:
            loop, came = asyncio.get_running_loop(), 0
            for _ in range(12):
                came += len(await loop.sock_recv(connection, 65536))
                await asyncio.sleep(PATIENCE_SECONDS / 4)
            taken_slowly = flood.sent_bytes
            came += len(await rest_of(connection))
    row = await row_of(impatient, user)
    assert taken_slowly < flood.bytes, "or it was not slow"
    assert came > flood.bytes
    assert (row.status_code, row.error_type) == (200, None)


async def test_a_client_that_leaves_what_it_has_not_taken_did_not_get_it(patient: RunningGateway):
    """The rest has come from the provider, its end too, and waits for a client that goes."""
    flood, user = Flood(32), uuid4().hex
    async with vendor(flood) as provider:
        with closing(asked(patient, provider, user)):
            await asyncio.wait_for(flood.is_over.wait(), 20)
            # What is still between the provider and the gateway comes to rest there.
            await flood.stands_still()
        row = await row_of(patient, user)
    assert (row.status_code, row.error_type) == (200, "client_disconnected")


async def test_two_hundred_clients_that_do_not_read_hold_little(patient: RunningGateway):
    flood, users = Flood(1_000), {uuid4().hex for _ in range(200)}
    before = resident_bytes()
    async with vendor(flood) as provider:
        connections = [asked(patient, provider, user) for user in users]
        await until(lambda: len(provider.bodies) == len(users))
        held_bytes = await flood.stands_still()
        grown_bytes = resident_bytes() - before
        for connection in connections:
            connection.close()
        await until(lambda: patient.metric("weir_gateway_in_flight") == 0)
    rows = [row for row in await asyncio.to_thread(patient.records) if row.user_id in users]
    assert held_bytes < 200 * flood.bytes / 4
    assert grown_bytes < 200 * 1_500_000, "with what the provider holds, which is in the same process"
    assert len(rows) == 200
    assert {row.error_type for row in rows} == {"client_disconnected"}


async def test_a_client_of_http_1_0_gets_a_stream_without_chunks(patient: RunningGateway):
    flood, user = Flood(3), uuid4().hex
    async with vendor(flood) as provider:
        with closing(asked(patient, provider, user, version="1.0")) as connection:
            head, _, body = (await rest_of(connection)).partition(b"\r\n\r\n")
    row = await row_of(patient, user)
    assert b"transfer-encoding" not in head
    assert b"connection: close" in head
    assert body == EVENT * 3 + END
    assert (row.status_code, row.error_type) == (200, None)
