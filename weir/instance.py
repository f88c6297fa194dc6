"""An instance on one machine: its directory, its secrets, and the environment its processes run in."""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy.engine import Engine

from control.database import open_database
from control.settings import BootstrapSettings
from weir.settings import InstanceSettings


@dataclass(frozen=True)
class Secrets:
    """Made at the first start and kept in the data directory, readable by its owner alone."""

    writer_password: str
    reader_password: str
    secret_key: str
    user_password: str
    gateway_key: str
    query_key: str


@dataclass(frozen=True)
class Instance:
    """Settings with every default resolved against the data directory and the secrets."""

    settings: InstanceSettings
    first: BootstrapSettings
    secrets: Secrets

    @property
    def data_dir(self) -> Path:
        return self.settings.data_dir.resolve()

    @property
    def log_dir(self) -> Path:
        return self.data_dir / "logs"

    @property
    def dagster_home(self) -> Path:
        return self.data_dir / "dagster"

    @property
    def is_embedded(self) -> bool:
        """Whether `weir up` brings the warehouse itself; only the command line asks this."""
        return self.settings.warehouse_url is None

    @property
    def database_url(self) -> str:
        return self.settings.database_url or f"sqlite:///{self.data_dir / 'weir.db'}"

    @property
    def object_store_url(self) -> str:
        return self.settings.object_store_url or f"file://{self.data_dir / 'objects'}"

    @property
    def warehouse_url(self) -> str:
        return self.settings.warehouse_url or self._embedded_url("writer", self.secrets.writer_password)

    @property
    def warehouse_reader_url(self) -> str:
        return self.settings.warehouse_reader_url or self._embedded_url("reader", self.secrets.reader_password)

    @property
    def secret_key(self) -> str:
        """What provider keys are sealed with."""
        given = self.settings.secret_key
        return given.get_secret_value() if given else self.secrets.secret_key

    def _embedded_url(self, user: str, password: str) -> str:
        return f"http://{user}:{password}@127.0.0.1:{self.settings.warehouse_port}/weir"

    def url(self, port: int) -> str:
        """The address of one of our own services, as people type it."""
        host = "localhost" if self.settings.host in ("127.0.0.1", "0.0.0.0", "::") else self.settings.host  # noqa: S104
        return f"http://{host}:{port}"

    @contextmanager
    def database(self) -> Iterator[Engine]:
        """Opens the application database for the length of a command."""
        engine = open_database(self.database_url)
        try:
            yield engine
        finally:
            engine.dispose()

    def environment(self) -> dict[str, str]:
        """What every process may know; credentials of the warehouse are added for those that need them."""
        settings = self.settings
        upstreams = {"demo": f"http://127.0.0.1:{settings.upstream_port}/v1"} | settings.upstreams
        return {
            "WEIR_DATA_DIR": str(self.data_dir),
            "WEIR_HOST": settings.host,
            "WEIR_GATEWAY_PORT": str(settings.gateway_port),
            "WEIR_API_PORT": str(settings.api_port),
            "WEIR_APP_PORT": str(settings.app_port),
            "WEIR_DAGSTER_PORT": str(settings.dagster_port),
            "WEIR_WAREHOUSE_PORT": str(settings.warehouse_port),
            "WEIR_DATABASE_URL": self.database_url,
            "WEIR_OBJECT_STORE_URL": self.object_store_url,
            "WEIR_UPSTREAMS": json.dumps(upstreams),
            "WEIR_API_URL": f"http://127.0.0.1:{settings.api_port}",
            "WEIR_GATEWAY_URL": self.url(settings.gateway_port),
            "WEIR_DAGSTER_URL": self.url(settings.dagster_port),
        }

    def warehouse_environment(self) -> dict[str, str]:
        """The credentials of both identities; the gateway and the dashboard never get them."""
        return {"WEIR_WAREHOUSE_URL": self.warehouse_url, "WEIR_WAREHOUSE_READER_URL": self.warehouse_reader_url}


def open_instance(settings: InstanceSettings, first: BootstrapSettings) -> Instance:
    """Opens the data directory, making it and its secrets if this is the first start."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = settings.data_dir / "secrets.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    kept = Secrets(**(_new_secrets(first) | known))
    if asdict(kept) != known:
        _write_private(path, json.dumps(asdict(kept), indent=2) + "\n")
    return Instance(settings, first, kept)


def _new_secrets(first: BootstrapSettings) -> dict[str, str]:
    given = {
        "user_password": first.user_password,
        "gateway_key": first.gateway_key,
        "query_key": first.query_key,
    }
    made = {
        "writer_password": secrets.token_urlsafe(24),
        "reader_password": secrets.token_urlsafe(24),
        "secret_key": secrets.token_urlsafe(32),
        "user_password": secrets.token_urlsafe(12),
        "gateway_key": f"sk-weir-{secrets.token_urlsafe(32)}",
        "query_key": f"sk-weir-{secrets.token_urlsafe(32)}",
    }
    return made | {name: value.get_secret_value() for name, value in given.items() if value is not None}


def _write_private(path: Path, text: str) -> None:
    """Replaces the file in one step; nobody but the owner may read it at any moment."""
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    partial.replace(path)
