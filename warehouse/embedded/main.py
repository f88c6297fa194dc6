"""The embedded warehouse's composition root: settings, engine, socket, server."""

import logging
import socket
import sys

import uvicorn

from warehouse.embedded.errors import DataDirectoryTaken
from warehouse.embedded.settings import EmbeddedSettings

HOST = "127.0.0.1"
"""It has no encryption and serves one trust domain: it never listens elsewhere."""
GRACE_SECONDS = 5

MOST_HEAD_BYTES = 64 * 1024
"""How long what comes before a body, or after it, may be; parameters of queries travel there."""


def main() -> int:
    """Runs the server until it is told to stop; returns the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # An answer that is broken off after an error amid its rows is meant, and its client was told.
    logging.getLogger("uvicorn.error").addFilter(lambda record: "without completing" not in record.getMessage())
    settings = EmbeddedSettings()
    try:
        passwords = settings.passwords()
        listener = _listen(settings.warehouse_port)
        # The engine is half a gigabyte: what can be refused without it is refused at once.
        from warehouse.embedded.app import EmbeddedWarehouse
        from warehouse.embedded.engine import Engine

        engine = Engine(settings.path, settings.warehouse_memory_bytes, settings.warehouse_keep_free_bytes)
    except (ValueError, OSError, DataDirectoryTaken) as error:
        sys.stderr.write(f"embedded warehouse: {error}\n")
        return 2
    port = listener.getsockname()[1]
    sys.stdout.write(f"embedded warehouse (engine {engine.version}) listens on http://{HOST}:{port}\n")
    sys.stdout.flush()
    config = uvicorn.Config(
        EmbeddedWarehouse(engine, passwords),
        # The faster parser, httptools, gathers a head or trailers that do not end without a bound.
        http="h11",
        h11_max_incomplete_event_size=MOST_HEAD_BYTES,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        # Clients that come before the server is up wait in the kernel's queue.
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise OSError(f"port {port} cannot be used: {error.strerror}; set WEIR_WAREHOUSE_PORT to a free one") from None
    return listener
