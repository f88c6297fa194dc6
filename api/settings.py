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

    queries_at_once: PositiveInt = 8
    """Queries that this process has the warehouse run at a time; more of them wait, who runs least comes first."""

    queries_at_once_per_organization: PositiveInt = 4
    """Of those, how many one organization may have."""

    scan_gib_per_hour: PositiveInt = 1024
    """How much one organization's queries may read in an hour through this process; answers from the cache are free."""
