"""The api's settings."""

from pydantic import PositiveInt

from control.settings import SealingSettings
from warehouse.settings import SpoolSettings, WarehouseSettings


class ApiSettings(SpoolSettings, WarehouseSettings, SealingSettings):
    """What `python -m api` reads from the environment."""

    host: str = "127.0.0.1"
    """Address to listen on."""

    api_port: int = 8585
    """Port of the REST API."""

    api_max_body_bytes: PositiveInt = 1 << 20
    """Largest request body the api reads."""

    api_cors_origins: list[str] = []
    """Origins whose pages may call the api from a browser, as a JSON list; none by default."""

    api_trusted_proxies: str = "127.0.0.1"
    """Addresses, separated by commas, whose X-Forwarded-For is believed: the dashboard's and the balancer's."""
