"""An S3 service that can be told to answer 503 to everything."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

_SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


@dataclass
class SwitchedStore:
    """`is_down` is the switch; `refused` is whom it turned away."""

    url: str = ""
    is_down: bool = False
    refused: list[str] = field(default_factory=list)


@contextmanager
def switched_store() -> Iterator[SwitchedStore]:
    """Serves on a free port; it wants any credentials."""
    store = SwitchedStore()
    service = DomainDispatcherApplication(create_backend_app)

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not store.is_down:
            return service(environ, start_response)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        store.refused.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        start_response("503 Slow Down", [("Content-Type", "application/xml")])
        return [_SLOW_DOWN]

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    store.url = f"s3://?endpoint=http://127.0.0.1:{server.server_port}&region=us-east-1&path_style=true"
    try:
        yield store
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
