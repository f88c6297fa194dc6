"""What is measured: the provider itself, a bare pass-through of our stack, nginx, this gateway, LiteLLM if given."""

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from bench.gateway.processes import Process, environment, free_port
from control import api_keys, organizations
from control.database import open_database
from control.migrate import migrate
from warehouse.object_store import open_object_store
from warehouse.rawlog.reader import read_segment
from warehouse.settings import RAW_BUCKET

LITELLM = "WEIR_BENCH_LITELLM"
"""The variable that names LiteLLM's command, such as `/opt/litellm/bin/litellm`."""

MODELS = ("bench-plain", "bench-burst", "bench-paced")

_NGINX = """
daemon off;
worker_processes 1;
error_log stderr crit;
pid {directory}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    keepalive_requests 100000000;
    upstream provider {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 100000000; }}
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        location / {{
            proxy_pass http://provider;
            proxy_http_version 1.1;
            proxy_set_header connection "";
            proxy_buffering off;
        }}
    }}
}}
"""


@dataclass
class Target:
    """One thing that answers chat completions."""

    name: str
    port: int
    path: str
    process: Process | None
    key: str = "sk-none"
    data: Path | None = None
    """Where this gateway keeps its records."""
    ready_seconds: float = 0.0
    idle_mb: float = 0.0
    responses: int = 0
    """How many whole answers it gave."""
    notes: list[str] = field(default_factory=list)

    def request(self, model: str) -> bytes:
        """Writes a request as a real SDK does."""
        said = [{"role": "system", "content": "You answer briefly."}, {"role": "user", "content": "How deep? " * 20}]
        body = json.dumps({"model": model, "messages": said, "stream": model != "bench-plain"})
        headers = {
            "Host": f"127.0.0.1:{self.port}",
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
            "Authorization": f"Bearer {self.key}",
            "Content-Length": str(len(body)),
        }
        if self.data is not None:
            headers |= {"Helicone-User-Id": "bench", "Helicone-Session-Id": "bench-1"}
        lines = [f"POST {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", body]
        return "\r\n".join(lines).encode()

    def answers(self) -> bool:
        """Whether it answers a plain request."""
        head, _, body = self.request("bench-plain").partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{self.path}", body, headers)
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                answer.read()
        except urllib.error.HTTPError as error:
            if error.code == 401:
                raise
            return False
        except OSError:
            return False
        self.responses += 1
        return True


def start_upstream(directory: Path, cores: set[int] | None) -> Target:
    port = free_port()
    command = [sys.executable, "-m", "bench.gateway.upstream", "--port", str(port)]
    process = Process(command, environment(), cores, directory / "upstream.log")
    return _started(Target("direct", port, "/v1/chat/completions", process))


def start_passthrough(directory: Path, upstream: int, cores: set[int] | None) -> Target:
    port = free_port()
    base_url = f"http://127.0.0.1:{upstream}"
    command = [sys.executable, "-m", "bench.gateway.passthrough", "--port", str(port), "--upstream", base_url]
    process = Process(command, environment(), cores, directory / "passthrough.log")
    return _started(Target("bare pass-through", port, "/v1/chat/completions", process))


def start_gateway(directory: Path, upstream: int, cores: set[int] | None) -> Target:
    data = directory / "gateway"
    data.mkdir()
    engine = open_database(f"sqlite:///{data / 'weir.db'}")
    migrate(engine)
    _, key = api_keys.create(engine, organizations.create(engine, "Bench").id, "bench")
    engine.dispose()
    # What is measured is a start, not the first one after an installation.
    subprocess.run([sys.executable, "-c", "import gateway.main"], env=environment(), check=True)
    port = free_port()
    settings = {
        **environment(),
        "WEIR_DATA_DIR": str(data),
        "WEIR_GATEWAY_PORT": str(port),
        "WEIR_UPSTREAMS": json.dumps({"demo": f"http://127.0.0.1:{upstream}/v1"}),
    }
    process = Process([sys.executable, "-m", "gateway"], settings, cores, directory / "gateway.log")
    return _started(Target("weir gateway", port, "/demo/v1/chat/completions", process, key, data))


def start_nginx(directory: Path, upstream: int, cores: set[int] | None) -> Target | None:
    """None where nginx is not installed."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        return None
    port = free_port()
    config = directory / "nginx.conf"
    config.write_text(_NGINX.format(directory=directory, upstream=upstream, port=port))
    process = Process([nginx, "-c", str(config), "-p", str(directory)], {}, cores, directory / "nginx.log")
    return _started(Target("nginx", port, "/v1/chat/completions", process))


def start_litellm(directory: Path, upstream: int, cores: set[int] | None) -> Target | None:
    """None where the variable does not name it."""
    litellm = os.environ.get(LITELLM)
    if not litellm:
        return None
    port = free_port()
    config = directory / "litellm.json"
    at = {"api_base": f"http://127.0.0.1:{upstream}/v1", "api_key": "sk-none"}
    models = [{"model_name": name, "litellm_params": {"model": f"openai/{name}", **at}} for name in MODELS]
    config.write_text(json.dumps({"model_list": models, "litellm_settings": {"telemetry": False}}))
    command = [litellm, "--config", str(config), "--port", str(port), "--host", "127.0.0.1", "--num_workers", "1"]
    key = f"sk-{token_hex(32)}"
    settings = {**environment(), "LITELLM_MODE": "PRODUCTION", "LITELLM_LOG": "ERROR", "LITELLM_MASTER_KEY": key}
    process = Process(command, settings, cores, directory / "litellm.log")
    return _started(Target("LiteLLM", port, "/v1/chat/completions", process, key))


def records_of(data: Path) -> int:
    """Counts the records of a gateway that has stopped, in its object store and in what its spool still holds."""
    store = open_object_store((data / "objects").as_uri(), RAW_BUCKET)
    shipped = sum(
        frame.ndjson.count(b"\n") for info in store.list_after("raw/v1/") for frame in read_segment(store.get(info.key))
    )
    return shipped + sum(path.read_bytes().count(b"\n") for path in (data / "spool").glob("*/dt=*/*.ndjson*"))


def _started(target: Target) -> Target:
    assert target.process is not None
    try:
        target.ready_seconds = target.process.wait_until(target.answers)
    except BaseException:
        target.process.stop()
        raise
    target.idle_mb = target.process.resident_mb()
    return target
