"""Takes out what speaks to the storage: rows are final, and the first filter of every table is ours."""

from sqlglot import exp

from hql.catalog import Catalog
from hql.place import refused
from hql.reader import Reader
from hql.scope import find


def plain_reads(tree: exp.Expr, catalog: Catalog, reader: Reader) -> exp.Expr:
    """Turns PREWHERE into WHERE and drops FINAL; an append-only table has no other rows."""
    for part in find(tree, exp.Final, exp.PreWhere):
        if isinstance(part, exp.Final):
            part.replace(part.this)
            continue
        query = part.parent
        if not isinstance(query, exp.Select):
            raise refused(part, "unsupported_syntax", "PREWHERE stands in a SELECT")
        part.pop()
        query.where(part.this, append=True, copy=False)
    return tree
