"""One server in the place of every provider of the catalogue, which keeps what it is sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from providers.catalog import load_catalog


@dataclass(frozen=True)
class Arrived:
    """One request as it came."""

    method: str
    url: str
    """As it would have been without the house: the real provider's."""
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for given, value in self.headers if given == name]


@dataclass
class House:
    """Where all providers live at `origin`; the first segment of a path is the provider's id, the second its host."""

    origin: str
    arrived: list[Arrived] = field(default_factory=list)

    @property
    def base_urls(self) -> dict[str, str]:
        """What the gateway's setting `upstreams` wants."""
        return {row.id: f"{self.origin}/{row.id}/{row.base_url.partition('://')[2]}" for row in load_catalog()}


@contextmanager
def provider_house() -> Iterator[House]:
    """Serves on a free port for as long as the context lasts."""
    schemes = {row.id: urlsplit(row.base_url).scheme for row in load_catalog()}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            id, _, rest = self.path.lstrip("/").partition("/")
            headers = [(name.lower(), value) for name, value in self.headers.items()]
            house.arrived.append(Arrived(self.command, f"{schemes.get(id)}://{rest}", self.path, headers, body))
            self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")

        do_GET = do_POST = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    house = House(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield house
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
