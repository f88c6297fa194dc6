"""How long a client waits for its first byte from the second provider when the first one hangs, dies or is overloaded.

    python -m bench.gateway.failover [--calls 50]

The gateway is asked for two models in a row, the first of which fails in a way the fake upstream knows; both answer at
once otherwise. Times are beyond the same call to the second provider alone. A provider that hangs is given up after
`Weir-First-Token-Seconds`, here 0.25, which is what that row cannot be faster than. Each call names a model of its own,
so that the first provider is not set aside after a few calls; the last row says what it costs once it is.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx

from bench.gateway.processes import Process, environment, free_port
from bench.gateway.targets import Target, start_gateway

_GOOD = "demo/demo-large"
_FAILURES = {
    "answers 503": "status=503",
    "answers 429 with Retry-After": "status=429+retry-after=1",
    "dies before its response": "die",
    "resets the connection": "die+reset",
    "reports an error as its first event": "error-after=0",
    "hangs": "hang",
    "hangs before its first token": "hang-after=0",
}
_PATIENCE_SECONDS = 0.25
_CALLS_TO_LEARN = 8
_CALLS_TO_WARM_UP = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=50)
    calls = parser.parse_args().calls
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as directory:
        upstream_port = free_port()
        command = [sys.executable, "-m", "weir.upstream", "--port", str(upstream_port)]
        upstream = Process(command, environment(), None, Path(directory) / "upstream.log")
        try:
            gateway = start_gateway(Path(directory), upstream_port, None)
            try:
                asyncio.run(_compare(gateway, calls))
            finally:
                if gateway.process is not None:
                    gateway.process.stop()
        finally:
            upstream.stop()


async def _compare(gateway: Target, calls: int) -> None:
    headers = {"authorization": f"Bearer {gateway.key}", "weir-first-token-seconds": str(_PATIENCE_SECONDS)}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{gateway.port}", headers=headers, timeout=30) as client:
        await _first_bytes(client, [_GOOD] * _CALLS_TO_WARM_UP)
        alone = await _first_bytes(client, [_GOOD] * calls)
        base = statistics.median(alone)
        print(f"{'the second provider alone':<46} first byte after {base * 1000:6.1f} ms, median of {calls}")
        for name, words in _FAILURES.items():
            lists = [f"demo/demo-small-{call}+{words}, {_GOOD}" for call in range(calls)]
            _print_row(name, await _first_bytes(client, lists), base)
        known = [f"demo/demo-small+hang, {_GOOD}"] * (calls + _CALLS_TO_LEARN)
        _print_row("hangs and has been set aside", (await _first_bytes(client, known))[_CALLS_TO_LEARN:], base)


def _print_row(name: str, waited: list[float], base: float) -> None:
    later = sorted((seconds - base) * 1000 for seconds in waited)
    median, p95 = statistics.median(later), later[int(0.95 * len(later))]
    print(f"the first {name:<36} first byte {median:6.1f} ms later, p95 {p95:6.1f} ms")


async def _first_bytes(client: httpx.AsyncClient, lists: list[str]) -> list[float]:
    waited = []
    for models in lists:
        body = {"model": models, "messages": [{"role": "user", "content": "How deep?"}], "stream": True}
        began = time.perf_counter()
        async with client.stream("POST", "/v1/chat/completions", json=body) as answer:
            if answer.status_code != 200 or answer.headers["weir-model"] != "demo-large":
                raise RuntimeError(f"{models}: {answer.status_code} {answer.headers.get('weir-attempts')}")
            async for _chunk in answer.aiter_raw():
                waited.append(time.perf_counter() - began)
                break
    return waited


if __name__ == "__main__":
    main()
