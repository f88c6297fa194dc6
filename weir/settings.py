"""The settings of an instance on one machine: where its data is and its ports.

`weir up` turns them into the environment of the processes it starts; each process has its own settings class. What the
first start creates is in `control/settings.py`.
"""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class InstanceSettings(BaseSettings):
    """Read from `WEIR_…` variables."""

    model_config = SettingsConfigDict(
        env_prefix="WEIR_", extra="ignore", use_attribute_docstrings=True, env_ignore_empty=True
    )

    data_dir: Path = Path(".weir")
    """Everything the instance keeps on this machine: warehouse, objects, spool, accounts, secrets, logs."""
    host: str = "127.0.0.1"
    """Address that gateway, api and dashboard listen on; the warehouse and Dagster stay on loopback."""
    gateway_port: int = 8787
    """Port of the gateway."""
    api_port: int = 8585
    """Port of the REST API."""
    app_port: int = 3000
    """Port of the dashboard."""
    dagster_port: int = 3070
    """Port of Dagster's pages."""
    dagster_code_port: int = 3071
    """Port of Dagster's code server, which loads the pipelines."""
    warehouse_port: int = 8123
    """Port of the embedded warehouse."""
    upstream_port: int = 8900
    """Port of the fake upstream behind the provider `demo`."""

    database_url: str | None = None
    """The application database; an SQLite file in the data directory by default."""
    object_store_url: str | None = None
    """The object store; a directory in the data directory by default, or s3://."""
    warehouse_url: str | None = None
    """An existing ClickHouse, with the credentials that may write; the embedded warehouse is started by default."""
    warehouse_reader_url: str | None = None
    """The same ClickHouse with the read-only credentials; needed when WEIR_WAREHOUSE_URL is given."""

    secret_key: SecretStr | None = None
    """The secret that stored provider keys are encrypted with, 32 characters or more; made at the first start, and kept
    in the data directory, by default. To replace it, put the new one in front, separated by a comma, and run `weir
    reseal-provider-keys`."""

    upstreams: dict[str, str] = Field(default_factory=dict)
    """Base URLs that replace a provider's own, as JSON, such as {"openai": "http://127.0.0.1:9000/v1"}."""
