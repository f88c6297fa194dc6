"""Settings that several processes share; each process's own class, beside its `main.py`, inherits the groups it needs.

Nothing here reads the environment on import: a process builds its settings once, where it is put together.
"""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, PositiveFloat, PositiveInt
from pydantic_settings import BaseSettings, SettingsConfigDict

RAW_BUCKET = "request-response-storage"
PROMPT_BUCKET = "prompt-body-storage"
RESULT_BUCKET = "hql-store"
CACHE_BUCKET = "response-cache"
BUCKETS = (RAW_BUCKET, PROMPT_BUCKET, RESULT_BUCKET, CACHE_BUCKET)

# A relative path would mean another place to every process started elsewhere.
AbsolutePath = Annotated[Path, AfterValidator(Path.absolute)]


class WeirSettings(BaseSettings):
    """What all settings classes share: `WEIR_` in front of names, and docstrings of fields as their descriptions."""

    model_config = SettingsConfigDict(env_prefix="WEIR_", frozen=True, extra="ignore", use_attribute_docstrings=True)


class StorageSettings(WeirSettings):
    """Where an installation keeps its files, objects and accounts."""

    data_dir: AbsolutePath = Path(".weir")
    """The directory that everything on local disk is kept under."""

    object_store_url: str = Field(default_factory=lambda data: (data["data_dir"] / "objects").as_uri())
    """Where objects are kept: `file:///path`, or `s3://?endpoint=http://host:port&region=us-east-1&path_style=true`
    (also public_endpoint, bucket_prefix, sse, sse_key_id, timeout_seconds) with credentials in AWS's own variables.
    `<data_dir>/objects` when not set."""

    database_url: str = Field(default_factory=lambda data: f"sqlite:///{data['data_dir'] / 'weir.db'}", repr=False)
    """The application database: a `sqlite:///` or `postgresql+psycopg://` URL. `<data_dir>/weir.db` when not set."""


class SpoolSettings(StorageSettings):
    """How a process that records keeps records on its own disk until they are in the object store."""

    spool_dir: AbsolutePath = Field(default_factory=lambda data: data["data_dir"] / "spool")
    """Where records wait on local disk until they are shipped. `<data_dir>/spool` when not set."""

    spool_max_bytes: PositiveInt = 4 << 30
    """Most bytes that may wait in the spool; above it nothing more is recorded."""

    spool_min_free_bytes: PositiveInt = 64 << 20
    """Free space below which the disk counts as full for new traffic."""

    spool_seal_seconds: PositiveFloat = 1.0
    """Age at which a spool file is closed and shipped."""

    spool_seal_bytes: PositiveInt = 4 << 20
    """Size at which a spool file is closed and shipped."""

    spool_sync_ms: PositiveInt = 50
    """Milliseconds between two flushes of the spool to the disk: what a power loss may cost."""

    spool_drain_seconds: PositiveFloat = 10.0
    """How long a stopping process goes on shipping what its spool holds; the rest is shipped by the next start."""


class WarehouseSettings(WeirSettings):
    """How to reach the warehouse, as its two identities."""

    warehouse_url: str = Field(default="http://writer@127.0.0.1:8123/weir", repr=False)
    """The warehouse over HTTP for those who load and model: `http://user:password@host:port/database`."""

    warehouse_reader_url: str = Field(default="http://reader@127.0.0.1:8123/weir", repr=False)
    """The warehouse over HTTP for questions: a read-only user that sees one organization at a time."""
