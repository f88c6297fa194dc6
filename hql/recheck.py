"""Reads the text that will run once more, as a stranger's, and proves what the rules have promised.

Nothing here trusts the tree the text was printed from.
"""

from sqlglot import exp

from hql.catalog import Catalog
from hql.dialect import parse, print_sql
from hql.reader import Reader
from hql.rules.bound_rows import filter_of
from hql.rules.known_functions import known_functions
from hql.rules.known_nodes import known_nodes
from hql.rules.known_tables import is_table_function
from hql.scope import find, read_step, walk


class Unproven(Exception):
    """The printed text does not keep a promise of the rules: a defect of ours, never shown."""


def recheck(sql: str, catalog: Catalog, reader: Reader) -> frozenset[str]:
    """Returns the stored tables the text reads; raises Unproven unless each has the organization's filter on it."""
    statements = parse(sql)
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise Unproven("it is not one query")
    tree = statements[0]
    known_nodes(tree, catalog, reader)
    known_functions(tree, catalog, reader)
    stored = {table.source for table in catalog.tables.values() if table.source is not None}
    only = filter_of(reader)
    read: set[str] = set()
    for node, steps in walk(tree):
        if isinstance(node, exp.Table) and not is_table_function(node) and read_step(node, steps) is None:
            if not _is_bounded(node, stored, catalog.database, only):
                raise Unproven(f"{node.name} is read without the filter")
            read.add(node.name)
        elif isinstance(node, exp.In) and node.args.get("field") is not None:
            if node.find(exp.Column) is not None and isinstance(node.args["field"], exp.Column):
                raise Unproven(f"{node.args['field'].name} may be read as a table")
        elif isinstance(node, exp.PreWhere) and node.this != only:
            raise Unproven("a condition stands beside the filter")
    if print_sql(tree) != sql:
        raise Unproven("it reads in another way than it was printed")
    return frozenset(read)


def _is_bounded(table: exp.Table, stored: set[str], database: str, only: exp.Expr) -> bool:
    source = table.parent
    select = source.parent if isinstance(source, exp.From) else None
    if not isinstance(select, exp.Select) or not isinstance(select.parent, exp.Subquery):
        return False
    given = {name for name, value in select.args.items() if value}
    prewhere = select.args.get("prewhere")
    return (
        table.text("db") == database
        and not table.text("catalog")
        and table.name in stored
        and {name for name, value in table.args.items() if value} == {"this", "db"}
        and given == {"expressions", "from_", "prewhere"}
        and prewhere is not None
        and prewhere.this == only
        and find(select, exp.Query, exp.Star, exp.Columns) == [select]
    )
