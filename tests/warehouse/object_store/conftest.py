"""The stores that the contract is run over: a directory, moto's server, and Ceph's with `make test-radosgw`."""

import socket
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from moto.server import ThreadedMotoServer

from tests.warehouse.object_store import radosgw
from tests.warehouse.object_store.radosgw import Radosgw
from warehouse.object_store import ObjectInfo, ObjectStore, open_object_store

BUCKET = "request-response-storage"
REGION = "us-east-1"

STORES = [
    "local",
    "moto",
    *(pytest.param(name, marks=pytest.mark.radosgw) for name in ("radosgw", "radosgw by host name")),
]


def keys(listing: Iterable[ObjectInfo]) -> list[str]:
    return [found.key for found in listing]


def s3_url(endpoint: str, prefix: str, **more: object) -> str:
    said = {"endpoint": endpoint, "region": REGION, "path_style": "true", "bucket_prefix": prefix, **more}
    return f"s3://?{urlencode(said)}"


@pytest.fixture(scope="module")
def moto_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def ceph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radosgw]:
    with radosgw.running(tmp_path_factory.mktemp("radosgw")) as service:
        yield service


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    """Parts the buckets of this test from those of others."""
    return f"t{abs(hash(request.node.nodeid)) % 10**9}-"


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture
def moto_url(moto_endpoint: str, credentials: None, prefix: str) -> str:
    return s3_url(moto_endpoint, prefix)


@pytest.fixture
def radosgw_url(ceph: Radosgw, monkeypatch: pytest.MonkeyPatch, prefix: str) -> str:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ceph.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", ceph.secret_key)
    return s3_url(ceph.endpoint, prefix)


@pytest.fixture
def radosgw_by_host_name_url(ceph: Radosgw, radosgw_url: str, monkeypatch: pytest.MonkeyPatch, prefix: str) -> str:
    """The same service with the bucket in the host name, for which the test's own resolver finds an address."""
    resolve = socket.getaddrinfo

    def found_here(host: str, *more: object, **named: object) -> object:
        return resolve("127.0.0.1" if host.endswith(radosgw.DOMAIN) else host, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", found_here)
    return s3_url(f"http://{radosgw.DOMAIN}:{ceph.port}", prefix, path_style="false")


@pytest.fixture(params=STORES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "local":
        return (tmp_path / "objects").as_uri()
    return str(request.getfixturevalue(f"{request.param.replace(' ', '_')}_url"))


@pytest.fixture(params=STORES[1:3])
def service_url(request: pytest.FixtureRequest) -> str:
    """A bucket at an S3 service."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def store(url: str) -> ObjectStore:
    store = open_object_store(url, BUCKET)
    store.ensure_bucket()
    return store
