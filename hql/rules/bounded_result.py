"""Bounds the rows of the answer: one more than may be shown, so that we can tell that some are missing."""

from sqlglot import exp

from hql.catalog import Catalog
from hql.reader import Reader


def bounded_result(tree: exp.Expr, catalog: Catalog, reader: Reader) -> exp.Expr:
    """Adds a LIMIT, lowers the one that is there, or wraps the query where its own LIMIT cannot be changed."""
    bound = reader.max_rows + 1
    if isinstance(tree, exp.Select):
        limit = tree.args.get("limit")
        if limit is None:
            tree.set("limit", _limit(bound))
            return tree
        rows = _literal_rows(limit)
        if rows is not None:
            limit.set("expression", exp.Literal.number(min(rows, bound)))
            return tree
    query = tree if isinstance(tree, exp.Subquery) and not tree.alias else exp.Subquery(this=tree)
    return exp.Select(expressions=[exp.Star()], from_=exp.From(this=query), limit=_limit(bound))


def _limit(rows: int) -> exp.Limit:
    return exp.Limit(expression=exp.Literal.number(rows))


def _literal_rows(limit: exp.Expr) -> int | None:
    """The number of rows of a plain `LIMIT n`; None for every other form."""
    number = limit.args.get("expression")
    if not isinstance(limit, exp.Limit) or limit.args.get("limit_options") or not isinstance(number, exp.Literal):
        return None
    return int(number.name) if number.is_int else None
