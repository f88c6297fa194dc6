"""Limits of a key, as people choose and read them."""

from app import formats
from app.api_client.key_values import KeyLimit

WINDOWS = {"minute": 60, "hour": 3600, "day": 86_400, "30 days": 30 * 86_400}
"""The windows to choose from, by name."""

_NAMES = {seconds: name for name, seconds in WINDOWS.items()}


def written(limit: KeyLimit) -> str:
    """Writes a limit: 1.2k requests per hour, $5.00 per day."""
    window = _NAMES.get(limit.window_seconds) or f"{formats.exact(limit.window_seconds)} seconds"
    if limit.unit == "cent":
        return f"{formats.money(limit.quota / 100)} per {window}"
    return f"{formats.count(limit.quota)} {limit.unit}{'' if limit.quota == 1 else 's'} per {window}"
