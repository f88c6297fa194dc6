"""Puts the organization's filter on every table that is read, where no predicate of the query can come before it.

A table becomes a subquery over the stored one that lets out the columns the query names and filters by the organization
in PREWHERE. A filter in WHERE would be no wall: the engine moves the query's own conditions in front of it, and a
conversion that fails on a foreign row prints that row. A table that is computed becomes its query, in which the tables
it reads are bounded in the same way.
"""

from collections.abc import Collection
from functools import lru_cache

from sqlglot import exp

from hql.catalog import ORGANIZATION_COLUMN, Catalog, Column, Table
from hql.dialect import parse, print_sql
from hql.dialect.nodes import BoundedRows, ChosenColumns
from hql.reader import Reader
from hql.rules.known_tables import is_table_function, known_table
from hql.scope import Walked, find, read_step, walk


def bound_rows(tree: exp.Expr, catalog: Catalog, reader: Reader) -> exp.Expr:
    """Replaces every table by the organization's rows of it."""
    walked = walk(tree)
    mentioned = {node.name for node, _ in walked if isinstance(node, exp.Identifier)}
    stars = _stars_by_select(walked)
    reads = [
        node
        for node, steps in walked
        if isinstance(node, exp.Table) and not is_table_function(node) and read_step(node, steps) is None
    ]
    for table in reads:
        source = known_table(table, catalog)
        asking = stars.get(id(table.find_ancestor(exp.Select)), [])
        columns = _let_out(source, mentioned, bool(asking), reader)
        for star in asking:
            _leave_out(star, columns)
        rows = BoundedRows(this=_rows(source, columns, catalog, reader))
        alias = table.args.get("alias") or _alias(table.name)
        table.replace(exp.Subquery(this=rows, alias=alias, joins=table.args.get("joins")))
    return tree


def filter_of(reader: Reader) -> exp.Expr:
    """Returns the condition that holds for the reader's rows and no others."""
    return exp.EQ(
        this=exp.column(exp.to_identifier(ORGANIZATION_COLUMN, quoted=True)),
        expression=exp.Anonymous(this="toUUID", expressions=[exp.Literal.string(str(reader.organization_id))]),
    )


def _stars_by_select(walked: Walked) -> dict[int, list[exp.Expr]]:
    stars: dict[int, list[exp.Expr]] = {}
    for node, _ in walked:
        if isinstance(node, (exp.Star, ChosenColumns)) and not _counts(node):
            stars.setdefault(id(node.find_ancestor(exp.Select)), []).append(node)
    return stars


def _leave_out(star: exp.Expr, columns: list[Column]) -> None:
    """Keeps names that are accepted but not listed out of a star's columns, though the query uses them elsewhere."""
    unlisted = [exp.column(exp.to_identifier(column.name, quoted=True)) for column in columns if not column.is_listed]
    if unlisted and (isinstance(star, exp.Star) or (isinstance(star, ChosenColumns) and star.is_pattern)):
        star.set("except_", [*(star.args.get("except_") or []), *unlisted])


def _counts(star: exp.Expr) -> bool:
    """Whether it is the star of count(*), which asks for no column."""
    return isinstance(star.parent, (exp.Anonymous, exp.AnonymousAggFunc)) and star.parent.name.lower() == "count"


def _let_out(table: Table, mentioned: Collection[str], takes_all: bool, reader: Reader) -> list[Column]:
    """The columns the query can see: all that are listed if it asks for all, and those it names."""
    visible = [column for column in table.columns if column.name not in reader.hidden_columns]
    chosen = [column for column in visible if column.name in mentioned or (takes_all and column.is_listed)]
    return chosen or [column for column in visible if column.name == table.time_column]


def _rows(table: Table, columns: list[Column], catalog: Catalog, reader: Reader) -> str:
    """The SELECT that gives these columns of the organization's rows, as it is printed."""
    items = ", ".join(_item(column) for column in columns)
    if table.query is None:
        stored = f'"{catalog.database}"."{table.source}"'
        return f"SELECT {items} FROM {stored} PREWHERE {_filter(reader)}"  # noqa: S608 -- our own names
    needed = {name for column in columns for name in _names(column)}
    # The filter goes inside, where the query reads what is stored.
    rows = print_sql(bound_rows(_computing(table.query, needed), catalog, reader))
    if all(column.expression is None for column in columns):
        return rows
    return f'SELECT {items} FROM ({rows}) AS "{table.name}"'  # noqa: S608 -- our own names


def _computing(sql: str, needed: Collection[str]) -> exp.Select:
    """The query of a computed table, without the columns that nothing needs."""
    whole = _read(sql)
    query = exp.Select(expressions=[item.copy() for item in whole.selects if item.alias_or_name in needed])
    for name, clause in whole.args.items():
        if clause and name != "expressions":
            query.set(name, [part.copy() for part in clause] if isinstance(clause, list) else clause.copy())
    return query


def _alias(name: str) -> exp.TableAlias:
    return exp.TableAlias(this=exp.to_identifier(name, quoted=True))


@lru_cache(maxsize=1024)
def _filter(reader: Reader) -> str:
    return print_sql(filter_of(reader))


@lru_cache(maxsize=1024)
def _item(column: Column) -> str:
    """The column as a member of SELECT."""
    if column.expression is None:
        return f'"{column.name}"'
    (item,) = _read(f'SELECT CAST({column.expression} AS {column.type}) AS "{column.name}"').selects
    return print_sql(item)


@lru_cache(maxsize=1024)
def _names(column: Column) -> frozenset[str]:
    """The names of columns that it is made of."""
    if column.expression is None:
        return frozenset({column.name})
    return frozenset(each.name for each in find(_read(f"SELECT {column.expression}"), exp.Identifier))


@lru_cache(maxsize=1024)
def _read(sql: str) -> exp.Select:
    """What a text of the catalog says; there are as many texts as the catalog has tables and columns."""
    (statement,) = parse(sql)
    assert isinstance(statement, exp.Select)
    return statement
