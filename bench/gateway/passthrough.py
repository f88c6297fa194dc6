"""The least that our stack can cost: uvicorn, a plain ASGI callable and the gateway's upstream client.

python -m bench.gateway.passthrough --port 9102 --upstream http://127.0.0.1:9100
"""

import argparse

import uvicorn

from gateway.asgi import Receive, Scope, Send
from gateway.upstream.client import Upstream

_DROPPED = (b"host", b"content-length", b"connection", b"transfer-encoding")


class PassThrough:
    """The ASGI callable."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._host = base_url.partition("://")[2]
        self._upstream: Upstream | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if self._upstream is None:
            self._upstream = Upstream(is_trusted=lambda host, port: True)
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = [(name.decode(), value.decode()) for name, value in scope["headers"] if name not in _DROPPED]
        url = self._base_url + scope["path"]
        response = await self._upstream.send(scope["method"], url, headers, body, self._host)
        kept = [(name.lower(), value) for name, value in response.headers if name.lower() not in _DROPPED[2:]]
        await send({"type": "http.response.start", "status": response.status, "headers": kept})
        while chunk := await response.read():
            is_last = response.is_complete
            await send({"type": "http.response.body", "body": chunk, "more_body": not is_last})
            if is_last:
                break
        else:
            await send({"type": "http.response.body", "body": b""})
        response.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="A pass-through that records nothing.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    options = parser.parse_args()
    uvicorn.run(
        PassThrough(options.upstream),
        port=options.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
    )


if __name__ == "__main__":
    main()
