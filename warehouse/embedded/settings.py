"""The embedded server's settings."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from warehouse.settings import AbsolutePath, WeirSettings


class EmbeddedSettings(WeirSettings):
    """What `python -m warehouse.embedded` reads from the environment."""

    data_dir: AbsolutePath = Path(".weir")
    """The directory that everything on local disk is kept under; the engine's files are in its `warehouse`."""
    warehouse_port: int = 8123
    """The port to listen on, on the loopback interface only; 0 takes any free one."""
    warehouse_url: SecretStr = SecretStr("")
    """The writer's URL; its password is the one the server asks the writer for."""
    warehouse_reader_url: SecretStr = SecretStr("")
    """The reader's URL; its password is the one the server asks the reader for."""
    warehouse_memory_bytes: int = 4 << 30
    """How much memory the engine may take, all queries together."""
    warehouse_keep_free_bytes: int = 256 << 20
    """How much room the engine leaves on its disk: an insert that would take it is refused, and nothing else is."""

    @property
    def path(self) -> Path:
        return self.data_dir / "warehouse"

    def passwords(self) -> dict[str, str]:
        """The password of each user; raises ValueError if one is missing or both users are the same."""
        passwords: dict[str, str] = {}
        for variable, url in (
            ("WEIR_WAREHOUSE_URL", self.warehouse_url),
            ("WEIR_WAREHOUSE_READER_URL", self.warehouse_reader_url),
        ):
            parts = urlsplit(url.get_secret_value())
            if not parts.username or not parts.password:
                message = f"{variable} must hold a user and a password, as in http://user:password@127.0.0.1:8123/weir"
                raise ValueError(message)
            passwords[unquote(parts.username)] = unquote(parts.password)
        if set(passwords) != {"writer", "reader"}:
            raise ValueError("the embedded warehouse knows two users: writer and reader")
        return passwords
