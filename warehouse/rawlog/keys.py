"""Where segments lie in the bucket: `raw/v1/dt=YYYY-MM-DD/<ulid>-<writer>.ndjson.zst`.

The ULID is the time the file was begun, so keys of one day sort roughly by time; a segment that was shipped late has an
old key.
"""

import re
import secrets
import socket
from datetime import date
from pathlib import Path

RAW_PREFIX = "raw/v1/"

_WRITER_ID = re.compile(r"[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?")


def day_prefix(day: date) -> str:
    """Returns what the keys of all segments of this day start with."""
    return f"{RAW_PREFIX}dt={day.isoformat()}/"


def day_of(key: str) -> date:
    """Returns the day whose records the segment holds; raises ValueError for a key of another kind."""
    found = re.match(rf"{RAW_PREFIX}dt=(\d{{4}}-\d\d-\d\d)/[^/]+$", key)
    if found is None:
        raise ValueError(f"`{key}` is not the key of a segment: {RAW_PREFIX}dt=YYYY-MM-DD/<name>")
    return date.fromisoformat(found[1])


def key_of_sealed(path: Path) -> str:
    """Returns the key a sealed spool file `…/dt=<day>/<ulid>-<writer>.ndjson` is shipped under."""
    return f"{RAW_PREFIX}{path.parent.name}/{path.name}.zst"


def new_writer_id() -> str:
    """Makes an id that no other process has, recognisable by its host."""
    host = re.sub(r"[^a-z0-9]+", "-", socket.gethostname().lower())[:24].strip("-")
    return f"{host or 'weir'}-{secrets.token_hex(4)}"


def check_writer_id(writer_id: str) -> str:
    """Returns the id if it can stand in file names and keys; raises ValueError."""
    if not _WRITER_ID.fullmatch(writer_id):
        raise ValueError(f"writer id `{writer_id}`: 1 to 48 of a-z, 0-9 and `-`, a letter or digit at both ends")
    return writer_id
