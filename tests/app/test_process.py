"""The dashboard as it is started for people: `python -m app`."""

import os
import socket
import subprocess
import sys
import time

import httpx


def test_no_address_reaches_the_log_for_it_may_hold_a_one_time_token():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {"WEIR_APP_PORT": str(port), "WEIR_API_URL": "http://127.0.0.1:9"}
    process = subprocess.Popen(
        [sys.executable, "-m", "app"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as browser:
            _wait_for(browser, process)
            page = browser.get("/sign-in", params={"token": "one-time"})
    finally:
        process.terminate()
        log, _ = process.communicate(timeout=20)
    assert "one-time" in page.text
    assert "one-time" not in log
    assert "GET" not in log


def _wait_for(browser: httpx.Client, process: subprocess.Popen[str]) -> None:
    while process.poll() is None:
        try:
            browser.get("/healthz")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the dashboard did not start")
