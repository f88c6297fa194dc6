"""Settings of what is made at the first start, and of what seals secrets at rest.

Where the application database is, each process's settings say.
"""

from uuid import UUID

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from control.sealing import SecretBox


class SealingSettings(BaseSettings):
    """What the api, which stores provider keys, and the gateway, which uses them, share."""

    model_config = SettingsConfigDict(env_prefix="WEIR_", extra="ignore", frozen=True, use_attribute_docstrings=True)

    secret_key: SecretStr | None = None
    """The secret that stored provider keys are encrypted with, 32 characters or more; none can be stored without it.
    To replace it, put the new one in front, separated by a comma, and run `weir reseal-provider-keys`."""

    def secret_box(self) -> SecretBox | None:
        """Returns what seals and opens; None without a secret key."""
        return SecretBox.of(self.secret_key.get_secret_value() if self.secret_key else None)


class BootstrapSettings(BaseSettings):
    """What exists after the first start, for starts that nobody attends to."""

    model_config = SettingsConfigDict(
        env_prefix="WEIR_INIT_", extra="ignore", frozen=True, use_attribute_docstrings=True
    )

    organization: str = "Default"
    """Name of the first organization; `weir up --demo` calls it Demo if this is not set."""

    organization_id: UUID | None = None
    """Id of the first organization; random if not set."""

    user_email: str = "admin@weir.localhost"
    """Email of the first user, an owner."""

    user_password: SecretStr | None = None
    """Password of the first user; without one they sign in with the link that is printed."""

    gateway_key: SecretStr | None = None
    """Secret of the first gateway key, `sk-weir-` and 43 characters; random if not set."""

    query_key: SecretStr | None = None
    """Secret of the first query key, `sk-weir-` and 43 characters; random if not set."""
