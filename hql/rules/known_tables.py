"""Accepts the tables of the catalog and the functions that make rows, and nothing else that FROM could read."""

from sqlglot import exp

from hql.catalog import Catalog, Table
from hql.place import refused
from hql.reader import Reader
from hql.rules.known_functions import TABLE_FUNCTIONS
from hql.scope import read_step, walk


def known_tables(tree: exp.Expr, catalog: Catalog, reader: Reader) -> exp.Expr:
    """Refuses every read that is not of a listed table, of a named step or of a function that makes rows."""
    for node, steps in walk(tree):
        if isinstance(node, exp.Table) and not is_table_function(node) and read_step(node, steps) is None:
            known_table(node, catalog)
    return tree


def known_table(table: exp.Table, catalog: Catalog) -> Table:
    """Returns the catalog's table of that name; refuses every other one."""
    name = ".".join(part.name for part in table.parts)
    qualified = len(table.parts) > 1
    found = None if qualified else catalog.tables.get(name)
    if found is None:
        meant = catalog.near_table(table.name)
        ours = [name for name, known in catalog.tables.items() if known.alias_of is None]
        hint = f"did you mean `{meant}`?" if meant else None
        if qualified and table.name in catalog.tables:
            hint = f"write `{table.name}` without the database"
        raise refused(
            table.parts[0],
            "unknown_table",
            f"unknown table `{name}`; tables you can query: {', '.join(sorted(ours))}",
            hint,
        )
    return found


def is_table_function(table: exp.Table) -> bool:
    """Whether a name in FROM is a call that makes rows out of its arguments."""
    return isinstance(table.this, exp.Anonymous) and table.this.name in TABLE_FUNCTIONS and len(table.parts) == 1
