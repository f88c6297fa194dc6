"""The SQL of the pipelines, by the name of its file in `sql/`."""

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """Returns the text of `sql/<name>.sql`."""
    return (files("pipelines") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
