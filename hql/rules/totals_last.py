"""Gives the row of WITH TOTALS as the last row; the engine sends it beside the rows, where Arrow has no place for it.

`GROUP BY k WITH TOTALS` becomes `GROUP BY GROUPING SETS ((k), ())`, whose second set is that row, ordered behind the
others by `grouping(k)`. That is the same row as long as nothing comes between the groups and the answer.
"""

from sqlglot import exp

from hql.catalog import Catalog
from hql.dialect import Hql
from hql.place import refused
from hql.reader import Reader
from hql.scope import find

_BETWEEN = ("having", "qualify", "distinct", "offset", "limit_by", "windows")
"""Clauses that treat the row of totals in another way than the rows."""


def totals_last(tree: exp.Expr, catalog: Catalog, reader: Reader) -> exp.Expr:
    """Writes the totals of the query itself as a second grouping set; refuses those that would become another row."""
    if not isinstance(tree, exp.Select) or (group := tree.args.get("group")) is None or not group.args.get("totals"):
        return tree
    keys = group.expressions
    if not _is_same_row(tree, keys):
        names = ", ".join(key.sql(dialect=Hql) for key in keys)
        raise refused(
            group,
            "unsupported_syntax",
            "WITH TOTALS stands with keys that are named, without HAVING, DISTINCT, LIMIT BY, OFFSET or windows",
            f"write GROUP BY GROUPING SETS (({names}), ()): then the totals are a row as others, for HAVING as well",
        )
    groups = exp.Tuple(expressions=_copies(keys)) if len(keys) > 1 else exp.Paren(this=keys[0].copy())
    tree.set("group", exp.Group(expressions=[exp.GroupingSets(expressions=[groups, exp.Tuple()])]))
    order = tree.args.get("order")
    tree.set("order", exp.Order(expressions=[_grouping(keys), *(order.expressions if order else [])]))
    if (limit := tree.args.get("limit")) is not None:
        tree.set("limit", None)
        tree.set("limit_by", exp.Limit(expression=limit.expression, expressions=[_grouping(keys)]))
    return tree


def _is_same_row(tree: exp.Select, keys: list[exp.Expr]) -> bool:
    group, limit, order = tree.args["group"], tree.args.get("limit"), tree.args.get("order")
    names = {key.name for key in keys if isinstance(key, exp.Column)}
    others = [item for item in tree.selects if item.alias not in names]
    return (
        bool(keys)
        and {name for name, value in group.args.items() if value} == {"expressions", "totals"}
        and not any(tree.args.get(clause) for clause in _BETWEEN)
        and not any(isinstance(key, (exp.Literal, exp.Tuple, exp.Paren)) for key in keys)
        and (limit is None or _is_plain(limit))
        and not any(find(part, exp.WithFill, exp.Window) for part in (*tree.selects, order) if part)
        and not any(
            call.name.lower() == "arrayjoin" for part in (*others, order) if part for call in find(part, exp.Anonymous)
        )
    )


def _is_plain(limit: exp.Expr) -> bool:
    """Whether it takes the first so many rows, one at least."""
    rows = limit.args.get("expression")
    is_number = isinstance(rows, exp.Literal) and rows.is_int and rows.name.strip("0") != ""
    return type(limit) is exp.Limit and not limit.args.get("limit_options") and is_number


def _grouping(keys: list[exp.Expr]) -> exp.Anonymous:
    """0 for a group, more for the totals."""
    return exp.Anonymous(this="grouping", expressions=_copies(keys))


def _copies(keys: list[exp.Expr]) -> list[exp.Expr]:
    return [key.copy() for key in keys]
