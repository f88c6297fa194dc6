"""Refuses what an aggregate may be told that makes it work on for hours once it has all rows.

`kolmogorovSmirnovTest('two-sided', 'exact')` computes a table of as many cells as its two samples' sizes multiply to,
in one step, in which the engine looks at no limit. Left alone it does so for small samples only.
"""

from sqlglot import exp

from hql.catalog import Catalog
from hql.place import refused
from hql.reader import Reader
from hql.scope import nodes


def bounded_aggregates(tree: exp.Expr, catalog: Catalog, reader: Reader) -> exp.Expr:
    """Refuses exact tests of any number of rows."""
    for part in nodes(tree):
        if isinstance(part, exp.AggFunc) and part.name.lower().startswith("kolmogorovsmirnovtest"):
            for told in [each for each in part.iter_expressions() if isinstance(each, exp.Literal)]:
                if told.name.lower() == "exact":
                    raise refused(
                        told,
                        "too_complicated",
                        "an exact test costs the product of both samples' sizes",
                        "write 'auto', which is exact for samples of up to 10,000 rows, or 'asymp'",
                    )
    return tree
