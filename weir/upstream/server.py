"""Serves the fake upstream with uvicorn, in the foreground or, for tests, in a thread."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from weir.upstream.app import Upstream, create_app
from weir.upstream.calls import Calls
from weir.upstream.sending import TRANSPORT


class _BreakableProtocol(HttpToolsProtocol):
    """Hands the connection to the app, which may be asked to break it."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, Any] = {TRANSPORT: self.transport}
        self.scope["extensions"] = extensions


def _server(app: Upstream, host: str, port: int) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=_BreakableProtocol,
            ws="none",
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=1,
            # Like a provider's: a client that reuses what uvicorn closes after five seconds would now and then lose a
            # question to a connection that ends in that moment.
            timeout_keep_alive=75,
        )
    )


def serve(host: str, port: int) -> None:
    """Serves until it is told to stop."""
    _server(create_app(), host, port).run()


@dataclass(frozen=True)
class Running:
    """A fake upstream that answers at `url`."""

    url: str
    """Scheme, host and port; the providers' prefixes come after it."""
    calls: Calls


@contextmanager
def running() -> Iterator[Running]:
    """Serves on a free port in a thread of this process, for as long as the context lasts."""
    app = create_app()
    server = _server(app, "127.0.0.1", 0)
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    # The listener answers connections from now on, so nobody need wait until the server has started.
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="fake-upstream", daemon=True)
    thread.start()
    try:
        yield Running(f"http://127.0.0.1:{listener.getsockname()[1]}", app.calls)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
