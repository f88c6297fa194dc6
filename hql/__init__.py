"""Queries over the warehouse.

In a notebook `import hql` gives the client: `hql.connect()`, and `%load_ext hql` for `%%hql`. Beside it is what the api
alone loads: the language, which begins at `hql.compile`, and `hql.serving`, which answers what was compiled.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hql.client import HqlError, Warehouse, connect
    from hql.magic import load_ipython_extension

__all__ = ["HqlError", "Warehouse", "connect", "load_ipython_extension"]

_HOMES = {
    "HqlError": "hql.client",
    "Warehouse": "hql.client",
    "connect": "hql.client",
    "load_ipython_extension": "hql.magic",
}


def __getattr__(name: str) -> Any:
    """Loads a name when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'hql' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
