"""The dashboard's settings."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class AppSettings(BaseSettings):
    """What the dashboard's process reads from the environment."""

    model_config = SettingsConfigDict(env_prefix="WEIR_", frozen=True, use_attribute_docstrings=True)

    host: str = "127.0.0.1"
    """The address the dashboard listens on."""
    app_port: int = 3000
    """The dashboard's port."""
    api_url: str = "http://127.0.0.1:8585"
    """Where the dashboard reaches the api."""
    gateway_url: str = "http://127.0.0.1:8787"
    """The gateway's base URL, as shown in the snippets people copy."""
    dagster_url: str = ""
    """Dagster's pages, linked from the sidebar; no link where it is empty."""
