"""Settings of the application database and of what is made in it at the first start."""

from pathlib import Path
from uuid import UUID

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ControlSettings(BaseSettings):
    """Where the application database is."""

    model_config = SettingsConfigDict(env_prefix="WEIR_", extra="ignore", frozen=True)

    data_dir: Path = Field(Path(".weir"), description="Directory of everything kept on local disk.")
    database_url: str | None = Field(
        None, description="The application database: sqlite:///path or postgresql://…; by default weir.db in data_dir."
    )

    def application_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'weir.db'}"


class BootstrapSettings(BaseSettings):
    """What exists after the first start, for starts without hands."""

    model_config = SettingsConfigDict(env_prefix="WEIR_INIT_", extra="ignore", frozen=True)

    organization: str = Field("Default", description="Name of the first organization.")
    organization_id: UUID | None = Field(None, description="Id of the first organization; random if not set.")
    user_email: str = Field("admin@weir.localhost", description="Email of the first user, an owner.")
    user_password: SecretStr | None = Field(
        None, description="Password of the first user; without one they sign in with the link that is printed."
    )
    gateway_key: SecretStr | None = Field(None, description="Secret of the first gateway key; random if not set.")
    query_key: SecretStr | None = Field(None, description="Secret of the first query key; random if not set.")
