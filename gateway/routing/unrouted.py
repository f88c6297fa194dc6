"""The target of a call that has none yet: its body or its headers have to be read before it is known where it goes."""

from gateway.targets.doors import Target
from providers.dialects.dialect import dialect_of

OURSELVES = "weir"
"""The provider in the record of a call that was answered before one was chosen."""


def unrouted(raw_path: str) -> Target:
    """Returns a target without a place: the plan of the call names the places."""
    dialect = dialect_of(raw_path)
    return Target(
        provider=OURSELVES,
        host="",
        hostname="",
        url="",
        path=raw_path,
        dialect=dialect,
        error_dialect=dialect,
        catalogued=None,
        knows_stream_usage=False,
    )
