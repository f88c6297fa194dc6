"""Takes out what speaks to the storage: rows are final, and the first filter of every table is ours."""

from sqlglot import exp

from hql.catalog import Catalog
from hql.place import refused
from hql.reader import Reader
from hql.scope import find


def plain_reads(tree: exp.Expr, catalog: Catalog, reader: Reader) -> exp.Expr:
    """Turns PREWHERE into WHERE and drops FINAL; an append-only table has no other rows."""
    for final in find(tree, exp.Final):
        final.replace(final.this)
    for clause in find(tree, exp.PreWhere):
        query = clause.parent
        if not isinstance(query, exp.Select):
            raise refused(clause, "unsupported_syntax", "PREWHERE stands in a SELECT")
        clause.pop()
        query.where(clause.this, append=True, copy=False)
    return tree
