"""Heads of requests that no client would write: they are answered or the connection is closed, and nothing stays."""

import asyncio
import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gateway.running import RunningGateway

NAMES = [
    *("Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect", "Upgrade", "Content-Encoding"),
    *("Authorization", "x-api-key", "api-key", "x-goog-api-key", "Cookie", "Forwarded", "X-Forwarded-Host"),
    *("Content-Type", "Accept-Encoding", "Cache-Control", "traceparent", "anthropic-version", "User-Agent"),
    *(
        f"{prefix}-{name}"
        for prefix in ("Weir", "Helicone")
        for name in (
            *("Auth", "Target-URL", "Request-Id", "Property-A", "Session-Id", "Session-Path", "User-Id", "Prompt-Id"),
            *("Retry-Enabled", "Retry-Num", "Retry-Factor", "Retry-Min-Timeout", "Fallbacks", "RateLimit-Policy"),
            *("Cache-Enabled", "Cache-Seed", "Cache-Bucket-Max-Size", "Cache-Ignore-Keys", "Cache-Control"),
            *("Omit-Request", "Omit-Response", "Stream-Usage", "Model-Override", "OpenAI-Api-Base"),
        )
    ),
]
VALUES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            *(
                b"true",
                b"false",
                b"-1",
                b"0",
                b"99999999999999999999",
                b"1e309",
                b"nan",
                b"{}",
                b"[]",
                b"[[[[[",
                b"null",
            ),
            *(b"chunked", b"gzip", b"100-continue", b"websocket", b"close", b"keep-alive, upgrade", b"*", b"%0d%0a"),
            *(b"http://[::1", b"https://api.openai.com:0", b"//", b"https://a@b", b"10;w=60;s=user", b"1;w=0;u=cents"),
            b'[{"target-url":"http://169.254.169.254","headers":{},"onCodes":[{"from":100,"to":999}]}]',
            b"\xff" * 4000,
        ]
    ),
)
HEADERS = st.lists(
    st.tuples(st.one_of(st.sampled_from(NAMES), st.text("abc-_:\t \x00", max_size=8)), VALUES), max_size=8
)
TARGETS = st.one_of(
    st.sampled_from(
        [
            *(
                "/openai/v1/chat/completions",
                "/v1/chat/completions",
                "/v1/messages",
                "/v1beta/models/m:generateContent",
            ),
            *("/custom/v1/log", "/v1/traces", "/", "*", "//", "http://elsewhere/v1/models", "/openai//..%2f", "/%00"),
        ]
    ),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30).map("/".__add__),
)
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", ""])
BODIES = st.one_of(st.binary(max_size=80), st.sampled_from([b"", b"{}", b'{"model":"gpt-5-mini"}', b"[" * 3000]))


def test_odd_heads_are_refused_and_leave_nothing_behind(gateway: RunningGateway):
    descriptors = len(os.listdir("/proc/self/fd"))

    @given(method=METHODS, target=TARGETS, headers=HEADERS, body=BODIES, is_authorized=st.booleans())
    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def sent(method: str, target: str, headers: list[tuple[str, bytes]], body: bytes, is_authorized: bool) -> None:
        if is_authorized:
            headers = [("Host", b"weir"), ("x-api-key", gateway.accounts.key.encode()), *headers]
        status = asyncio.run(_status(gateway, method, target, headers, body))
        assert status is None or status < 500 or status == 502, status

    sent()
    assert len(os.listdir("/proc/self/fd")) <= descriptors + 32  # connections that the gateway keeps to the upstream


async def _status(
    gateway: RunningGateway, method: str, target: str, headers: list[tuple[str, bytes]], body: bytes
) -> int | None:
    """Returns the status of the answer; None if the connection was closed without one."""
    port = int(gateway.url.rsplit(":", 1)[1])
    head = f"{method} {target} HTTP/1.1\r\n".encode("latin-1")
    head += b"".join(name.encode("latin-1") + b": " + value + b"\r\n" for name, value in headers)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(head + b"content-length: %d\r\nconnection: close\r\n\r\n" % len(body) + body)
        writer.write_eof()
        async with asyncio.timeout(10):
            line = await reader.readline()
            await reader.read()
        return int(line.split()[1]) if line else None
    except ConnectionError:
        return None
    finally:
        writer.close()
