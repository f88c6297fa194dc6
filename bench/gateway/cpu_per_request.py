"""Measures the gateway's CPU milliseconds per request, recording on, against the fake upstream.

    python bench/gateway/cpu_per_request.py [--requests N] [--connections N]

The gateway, the upstream and this load generator are three processes; the CPU time counted is the gateway's alone. It
says little on a busy machine about latency, which is printed beside it, but the CPU figure stays steady.
"""

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from control import api_keys, organizations
from control.database import open_database
from control.migrate import migrate

_TICKS = os.sysconf("SC_CLK_TCK")
_CASES = {
    "plain": ("demo-small+output-tokens=100", False),
    "burst stream of 60 chunks": ("demo-small+chunks=60", True),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the gateway's CPU time per request.")
    parser.add_argument("--requests", type=int, default=8000)
    parser.add_argument("--connections", type=int, default=16)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        key = _make_key(Path(directory))
        upstream_port, gateway_port = _free_port(), _free_port()
        environment = {
            **os.environ,
            "WEIR_DATA_DIR": directory,
            "WEIR_GATEWAY_PORT": str(gateway_port),
            "WEIR_UPSTREAMS": json.dumps({"demo": f"http://127.0.0.1:{upstream_port}/v1"}),
        }
        upstream = subprocess.Popen([sys.executable, "-m", "weir.upstream", "--port", str(upstream_port)])
        gateway = subprocess.Popen([sys.executable, "-m", "gateway"], env=environment, stderr=subprocess.DEVNULL)
        try:
            _wait_for(f"http://127.0.0.1:{upstream_port}/v1/models")
            _wait_for(f"http://127.0.0.1:{gateway_port}/readyz")
            for name, (model, is_stream) in _CASES.items():
                request = _request(gateway_port, key, model, is_stream)
                asyncio.run(_load(gateway_port, request, arguments.requests // 10, arguments.connections))
                before, began = _cpu_seconds(gateway.pid), time.perf_counter()
                latencies = asyncio.run(_load(gateway_port, request, arguments.requests, arguments.connections))
                elapsed, cpu = time.perf_counter() - began, _cpu_seconds(gateway.pid) - before
                latencies.sort()
                print(
                    f"{name}: {cpu * 1000 / len(latencies):.3f} ms CPU a request, "
                    f"{len(latencies) / elapsed:.0f} a second, p50 {latencies[len(latencies) // 2] * 1000:.1f} ms"
                )
            print(f"resident memory: {_resident_mb(gateway.pid):.0f} MB")
        finally:
            for process in (gateway, upstream):
                process.terminate()
                process.wait()


def _make_key(directory: Path) -> str:
    engine = open_database(f"sqlite:///{directory / 'weir.db'}")
    migrate(engine)
    _, secret = api_keys.create(engine, organizations.create(engine, "Bench").id, "bench")
    engine.dispose()
    return secret


def _request(port: int, key: str, model: str, is_stream: bool) -> bytes:
    """Writes a request with the headers a real SDK sends."""
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "How deep?"}], "stream": is_stream})
    headers = {
        "Host": f"127.0.0.1:{port}",
        "Accept": "application/json",
        "Accept-Encoding": "gzip, deflate",
        "Content-Type": "application/json",
        "User-Agent": "OpenAI/Python 2.54.0",
        "X-Stainless-Lang": "python",
        "X-Stainless-Package-Version": "2.54.0",
        "X-Stainless-OS": "Linux",
        "X-Stainless-Arch": "x64",
        "X-Stainless-Runtime": "CPython",
        "X-Stainless-Retry-Count": "0",
        "Authorization": f"Bearer {key}",
        "Helicone-User-Id": "bench",
        "Helicone-Session-Id": "bench-1",
        "Content-Length": str(len(body)),
    }
    lines = [
        "POST /demo/v1/chat/completions HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers.items()),
        "",
        body,
    ]
    return "\r\n".join(lines).encode()


async def _load(port: int, request: bytes, requests: int, connections: int) -> list[float]:
    """Sends requests over keep-alive connections, one at a time on each; returns how long each took."""
    latencies: list[float] = []

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        for _ in range(requests // connections):
            began = time.perf_counter()
            writer.write(request)
            await _read_response(reader)
            latencies.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(connections)))
    return latencies


async def _read_response(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert head.startswith(b"http/1.1 200"), head
    if b"content-length: " in head:
        await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
    else:
        await reader.readuntil(b"\r\n0\r\n\r\n")


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident_mb(pid: int) -> float:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


if __name__ == "__main__":
    main()
