"""What can be queried: a value that the compiler, the schema route and the completion all read.

It is made from `warehouse.tables`; the organization's column is in no table of it, because a query sees one
organization and cannot name another.
"""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources

from hql import helicone
from hql.computed import COMPUTED, Computed
from hql.functions import Functions, load_functions
from warehouse import tables

ORGANIZATION_COLUMN = "organization_id"
_SHORTEST_PART = 3
"""A shorter part of a name tells too little."""


@dataclass(frozen=True)
class Column:
    """One column as a query sees it."""

    name: str
    type: str
    meaning: str
    unit: str | None = None
    expression: str | None = None
    """The SQL over stored columns that computes it; None for a stored one."""
    is_listed: bool = True
    """Whether `*` and the schema show it; the other ones are accepted names of the same facts."""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table as a query sees it, and what is behind it: a stored table, or a query over others."""

    name: str
    source: str | None
    """The stored table whose rows these are; None where a query computes them."""
    grain: str
    time_column: str
    columns: tuple[Column, ...]
    alias_of: str | None = None
    """The table of ours that this is another name of."""
    query: str | None = None
    """The query over other tables that computes the rows; None where they are stored."""

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def listed(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.is_listed)


@dataclass(frozen=True)
class Catalog:
    """The tables and functions a query may use, and the database that stores the tables."""

    database: str
    tables: Mapping[str, Table] = field(repr=False)
    functions: Functions

    def near_table(self, name: str) -> str | None:
        """Returns the table that was probably meant."""
        return near(name, self.tables)

    def as_dict(self) -> dict[str, object]:
        """Returns the schema in its JSON form."""
        return {
            "tables": [_table_as_dict(table) for table in self.tables.values()],
            "functions": {group: list(names) for group, names in self.functions.groups().items()},
        }


def near(name: str, names: Iterable[str]) -> str | None:
    """Returns the name that was probably meant: one spelt nearly so, else the shortest that begins or ends with it."""
    wanted = name.lower()
    by_lower = {candidate.lower(): candidate for candidate in names}
    found = difflib.get_close_matches(wanted, by_lower, n=1, cutoff=0.7)
    if not found and len(wanted) >= _SHORTEST_PART:
        parts = [each for each in by_lower if each.startswith(f"{wanted}_") or each.endswith(f"_{wanted}")]
        found = sorted(parts, key=lambda each: (len(each), each))[:1]
    return by_lower[found[0]] if found else None


def build_catalog(database: str = "weir") -> Catalog:
    """Makes the catalog of the warehouse's tables, with Helicone's names beside ours."""
    ours = {
        table.name: _our_table(table, _examples().get(table.name, {}))
        for table in tables.TABLES
        if table.name not in tables.PRIVATE_TABLES
    }
    ours |= {table.name: _computed_table(table, _examples().get(table.name, {})) for table in COMPUTED}
    theirs = {name: _their_table(name, ours[source]) for name, source in helicone.TABLES.items()}
    return Catalog(database, ours | theirs, load_functions())


def _examples() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(resources.files("hql").joinpath("examples.toml").read_text(encoding="utf-8"))


def _our_table(table: tables.Table, examples: Mapping[str, list[str]]) -> Table:
    listed = tuple(
        Column(
            column.name,
            column.type,
            column.meaning,
            column.unit,
            column.expression,
            examples=tuple(examples.get(column.name, ())),
        )
        for column in table.columns
        if column.name != ORGANIZATION_COLUMN
    )
    return Table(table.name, table.name, table.grain, table.time_column, listed + _accepted(table.name, listed))


def _computed_table(table: Computed, examples: Mapping[str, list[str]]) -> Table:
    listed = tuple(
        Column(column.name, column.type, column.meaning, column.unit, examples=tuple(examples.get(column.name, ())))
        for column in table.columns
    )
    columns = listed + _accepted(table.name, listed)
    return Table(table.name, None, table.grain, table.time_column, columns, query=table.sql)


def _accepted(table: str, listed: tuple[Column, ...]) -> tuple[Column, ...]:
    """Helicone's names, which queries may use in our table too, though the schema does not list them there."""
    known = {column.name for column in listed}
    return tuple(
        _their_column(name, is_listed=False)
        for name in helicone.COLUMNS.get(table, ())
        if not name.only_there and name.name not in known
    )


def _their_table(name: str, ours: Table) -> Table:
    theirs = tuple(_their_column(column, is_listed=True) for column in helicone.COLUMNS[ours.name])
    names = {column.name for column in theirs}
    own = tuple(column for column in ours.columns if column.name not in names)
    return Table(name, ours.source, ours.grain, ours.time_column, own + theirs, alias_of=ours.name, query=ours.query)


def _their_column(name: helicone.Name, *, is_listed: bool) -> Column:
    return Column(name.name, name.type, name.meaning, name.unit, name.expression, is_listed=is_listed)


def _table_as_dict(table: Table) -> dict[str, object]:
    return {
        "name": table.name,
        "grain": table.grain,
        "time_column": table.time_column,
        "alias_of": table.alias_of,
        "columns": [
            {
                "name": column.name,
                "type": column.type,
                "meaning": column.meaning,
                "unit": column.unit,
                "examples": list(column.examples),
            }
            for column in table.listed
        ],
    }
