"""The gateway's settings."""

from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt

from control.settings import SealingSettings
from gateway.routing.named_routes import NamedRoute
from warehouse.settings import SpoolSettings


class GatewaySettings(SpoolSettings, SealingSettings):
    """Everything the gateway can be told."""

    host: str = "127.0.0.1"
    """The address to listen on."""

    gateway_port: int = 8787
    """The port of the gateway."""

    gateway_aliases: dict[int, str] = Field(default_factory=dict)
    """Further ports, as JSON, with a path put in front of what arrives there; Helicone's own are
    {"8788": "", "8789": "", "8790": "/anthropic"}."""

    upstreams: dict[str, str] = Field(default_factory=dict)
    """Base URLs that replace a provider's own, as JSON, such as {"openai": "http://127.0.0.1:9000/v1"}; their hosts
    may be private and plain http."""

    host_parts: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Parts of providers' addresses for calls that name none, as JSON, such as {"azure": {"resource": "acme"}}."""

    allowed_targets: str = ""
    """Hosts that `Weir-Target-URL` may name besides the catalogue's: `host`, `host:port` or `*.domain`, separated by
    commas. They may be private and plain http."""

    operator_key_organizations: str = ""
    """Ids of the organizations that may use the provider keys in the gateway's environment, such as OPENAI_API_KEY,
    separated by commas; `*` for all."""

    spool_full: Literal["refuse", "drop"] = "refuse"
    """What happens while calls cannot be recorded: they are refused with 503, or carried and their records dropped."""

    allow_unlogged: bool = False
    """Whether calls without a Weir key are carried with the caller's own provider key, and not recorded, as Helicone
    does. They are refused otherwise."""

    key_grace_seconds: PositiveFloat = 3600.0
    """How long known keys keep working while the application database is away."""

    max_request_bytes: PositiveInt = 64 << 20
    """Largest request body that is accepted."""

    max_body_bytes: PositiveInt = 2 << 20
    """How much of a request's and of a response's body is kept with its record; the rest is cut and flagged."""

    redis_url: str | None = Field(default=None, repr=False)
    """The Redis or Valkey in which gateways count rate limits together, such as `redis://127.0.0.1:6379/0`; each
    counts alone when not set."""

    redis_away: Literal["open", "closed"] = "open"
    """What happens to calls with rate limits while that Redis cannot be asked: they go uncounted, or get 503."""

    cache_memory_bytes: PositiveInt = 32 << 20
    """How much of the response cache each gateway keeps in memory, in front of the object store."""

    head_seconds: PositiveFloat = 30.0
    """How long a client may take to send a request's line and headers."""

    body_seconds: PositiveFloat = 60.0
    """How long a client may be silent in the middle of a request's body."""

    upstream_connect_seconds: PositiveFloat = 10.0
    """How long a connection to a provider may take."""

    upstream_read_seconds: PositiveFloat = 600.0
    """How long a provider may stay silent."""

    attempt_seconds: PositiveFloat = 120.0
    """How long a provider may take to begin a whole answer before another is asked, where there is another."""

    first_token_seconds: PositiveFloat = 60.0
    """How long a provider may take to the first content of a streamed answer before another is asked."""

    total_seconds: PositiveFloat = 600.0
    """How long all attempts of a call may take together until its answer begins."""

    routes: dict[str, NamedRoute] = Field(default_factory=dict)
    """Routes by name, as JSON, such as {"fast": {"models": "gpt-4o-mini/openai, claude-haiku-4-5/anthropic",
    "strategy": "latency"}}; a caller takes one by its name, in `Weir-Route` or as its model."""

    gateway_workers: PositiveInt = 1
    """How many processes take calls on the port; each has its own metrics, and answers /metrics for itself. More than
    one want WEIR_REDIS_URL, if calls are limited."""

    drain_seconds: PositiveInt = 30
    """How long a stopping gateway lets calls finish."""

    def targets(self) -> list[str]:
        return _listed(self.allowed_targets)

    def operator_organizations(self) -> frozenset[str]:
        return frozenset(id.lower() for id in _listed(self.operator_key_organizations))


def _listed(value: str) -> list[str]:
    return [entry.strip() for entry in value.split(",") if entry.strip()]
