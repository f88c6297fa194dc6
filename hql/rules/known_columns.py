"""Refuses names that are neither columns of the tables read nor made by the query itself.

This is for the analyst: the wall is `bound_rows`, which lets nothing but listed columns out of a table.
"""

from sqlglot import exp

from hql.catalog import ORGANIZATION_COLUMN, Catalog, Table, near
from hql.place import refused
from hql.reader import Reader
from hql.rules.known_tables import is_table_function, known_table
from hql.scope import Walked, read_step, walk

_TABLE_FUNCTION_COLUMNS = frozenset({"number", "zero", "generate_series"})


def known_columns(tree: exp.Expr, catalog: Catalog, reader: Reader) -> exp.Expr:
    """Refuses unknown columns, with the nearest known one."""
    walked = walk(tree)
    if any(isinstance(node, exp.Anonymous) and node.name.lower() == "untuple" for node, _ in walked):
        return tree
    sources, tables = _sources(walked, catalog)
    columns: set[str] = set().union(*(table.by_name for table in tables)) - reader.hidden_columns
    known = columns | _made_names(walked) | _TABLE_FUNCTION_COLUMNS
    for column in (node for node, _ in walked if isinstance(node, exp.Column)):
        parts = column.parts
        first = parts[0]
        table = sources.get(first.name) if len(parts) > 1 else None
        if isinstance(column.this, exp.Star) or not _is_ordinary(parts[-1].name):
            continue
        if table is not None:
            visible = set(table.by_name) - reader.hidden_columns
            if parts[1].name not in visible:
                raise _unknown(column, parts[1].name, visible)
        elif first.name not in known and not (len(parts) > 1 and first.name in sources):
            raise _unknown(column, first.name, known)
    return tree


def _sources(walked: Walked, catalog: Catalog) -> tuple[dict[str, Table | None], list[Table]]:
    """What can stand before the dot of a column, None where it is not surely one table, and the tables read."""
    sources: dict[str, Table | None] = {}
    tables: list[Table] = []
    for node, steps in walked:
        table = None
        if isinstance(node, exp.Table):
            if not is_table_function(node) and read_step(node, steps) is None:
                table = known_table(node, catalog)
                tables.append(table)
            name = node.alias or node.name
        elif isinstance(node, exp.Subquery):
            name = node.alias
        else:
            continue
        sources[name] = table if sources.get(name, table) is table else None
    return sources, tables


def _made_names(walked: Walked) -> set[str]:
    names: set[str] = set()
    for node, _ in walked:
        if isinstance(node, (exp.Alias, exp.CTE)):
            names.add(node.alias)
        elif isinstance(node, exp.TableAlias):
            names.update(column.name for column in node.columns)
        elif isinstance(node, exp.Lambda):
            names.update(parameter.name for parameter in node.expressions)
        elif isinstance(node, exp.Column) and node.args.get("table") is not None:
            names.add(node.name)
        elif isinstance(node, exp.Dot):
            names.add(node.expression.name)
        elif isinstance(node, exp.ColumnDef):
            names.add(node.name)
    return names


def _is_ordinary(name: str) -> bool:
    """Whether it is a name that somebody gave, not the text of an expression such as `count()`."""
    return name.isidentifier()


def _unknown(column: exp.Expr, name: str, known: set[str]) -> Exception:
    if name == ORGANIZATION_COLUMN:
        hint = "a query sees the rows of your organization alone; leave the condition out"
    else:
        meant = near(name, known)
        hint = f"did you mean `{meant}`?" if meant else "the schema lists the columns of each table"
    return refused(column, "unknown_column", f"unknown column `{name}`", hint)
