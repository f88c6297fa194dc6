"""How long after a response is finished its row is visible to HQL, with the whole product running.

    weir up --demo                                  # in one terminal
    python -m bench.freshness <gateway key> <query key> [--calls 200] [--per-second 4]

Calls go to the provider `demo` at a steady rate; a second thread asks HQL which of them it sees, past the cache, ten
times a second, so a figure is up to 100 ms too high.
"""

import argparse
import statistics
import threading
import time
from uuid import uuid4

import httpx


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gateway_key")
    parser.add_argument("query_key")
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--per-second", type=float, default=4)
    parser.add_argument("--gateway", default="http://127.0.0.1:8787")
    parser.add_argument("--api", default="http://127.0.0.1:8585")
    options = parser.parse_args()

    session, finished, seen = f"freshness-{uuid4()}", {}, {}
    caller = threading.Thread(target=make_calls, args=(options, session, finished))
    caller.start()
    while caller.is_alive() or len(seen) < len(finished):
        for request_id in visible(options, session):
            seen.setdefault(request_id, time.monotonic())
        time.sleep(0.1)
    lags = sorted(seen[request_id] - at for request_id, at in finished.items())
    print("| calls | p50 s | p95 s | max s |\n|---|---|---|---|")
    print(f"| {len(lags)} | {statistics.median(lags):.2f} | {lags[int(len(lags) * 0.95)]:.2f} | {lags[-1]:.2f} |")


def make_calls(options: argparse.Namespace, session: str, finished: dict[str, float]) -> None:
    body = {"model": "demo-small", "messages": [{"role": "user", "content": "Hello"}]}
    headers = {"Weir-Auth": f"Bearer {options.gateway_key}", "Weir-Session-Id": session}
    with httpx.Client(timeout=30) as client:
        for _ in range(options.calls):
            answer = client.post(f"{options.gateway}/demo/v1/chat/completions", headers=headers, json=body)
            finished[answer.raise_for_status().headers["weir-request-id"]] = time.monotonic()
            time.sleep(1 / options.per_second)


def visible(options: argparse.Namespace, session: str) -> list[str]:
    answer = httpx.post(
        f"{options.api}/v1/hql",
        headers={"Authorization": f"Bearer {options.query_key}"},
        json={
            "sql": "select request_id from requests where session_id = {session:String}",
            "parameters": {"session": session},
            "fresh": True,
            "format": "csv",
        },
        timeout=30,
    )
    return answer.raise_for_status().text.replace('"', "").splitlines()[1:]


if __name__ == "__main__":
    main()
