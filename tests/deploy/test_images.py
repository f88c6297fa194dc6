"""Each image holds what its commands import, and not what it has no business with."""

import re
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.deploy.dockerfile import IMAGES, ROOT, distributions, packages, stages
from tests.deploy.import_closure import closure

# What a process loads when it runs: its module, and what it reaches for by the URLs that compose gives it.
S3 = "warehouse.object_store.s3"
LOADED = {
    "gateway": ("gateway.__main__", "gateway.limits.redis", S3),
    "api": ("api.__main__", S3),
    "pipelines": ("pipelines.definitions", S3),
    "app": ("app.__main__", "app.dashboard.script"),
    "weir": ("weir.cli", S3),
}
# Libraries that a URL, a configuration file or a command names, or that are imported when they are first needed.
NAMED = {
    "gateway": {"psycopg", "uvicorn", "cryptography", "opentelemetry-proto", "protobuf"},
    "api": {"psycopg", "uvicorn"},
    "pipelines": {"psycopg", "dagster", "dagster-postgres", "dagster-webserver"},
    "app": {"streamlit", "uvicorn"},
    "weir": {"psycopg", "alembic", "clickhouse-connect"},
}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_holds_the_packages_its_process_imports(image):
    ours, _ = closure(*LOADED[image])
    assert {module.partition(".")[0] for module in ours} <= packages(image)


@pytest.mark.parametrize("image", IMAGES)
def test_an_images_lock_holds_the_libraries_its_process_imports(image):
    _, libraries = closure(*LOADED[image])
    known = packages_distributions()
    for library in libraries:
        assert {normal(name) for name in known[library]} & distributions(image), f"{library} is in no lock of {image}"


@pytest.mark.parametrize("image", IMAGES)
def test_an_images_lock_holds_what_is_only_named(image):
    assert NAMED[image] <= distributions(image)


def test_the_gateways_image_holds_no_library_of_the_others():
    heavy = {"polars", "dagster", "clickhouse-connect", "sqlglot", "pyarrow", "streamlit", "alembic", "argon2-cffi"}
    assert not heavy & distributions("gateway")


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_runs_as_a_user_without_rights(image):
    assert "USER root" not in stages()[image]
    assert "USER weir" in stages()["base"]


def test_libraries_come_from_hash_locks_as_wheels():
    installs = re.findall(r"^RUN uv pip .*$", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    assert len(installs) == len(IMAGES)
    assert all("--require-hashes --no-build" in install for install in installs)


def test_only_what_is_copied_reaches_the_builder():
    """Local data and secrets stay out of the build's context."""
    first, *allowed = [
        line for line in Path(ROOT, ".dockerignore").read_text().splitlines() if line and not line.startswith("#")
    ]
    assert first == "*"
    copied = {package for image in IMAGES for package in packages(image)} | {"deploy/dagster", "requirements/*.lock"}
    assert {line.removeprefix("!") for line in allowed if line.startswith("!")} == copied
