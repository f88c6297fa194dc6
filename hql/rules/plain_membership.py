"""Keeps IN from reading tables: to the engine `x IN name` is a read of the table `name`.

On the right of IN stand literals, tuples, arrays, subqueries and named steps; a step's name becomes a subquery.
"""

from sqlglot import exp

from hql.catalog import Catalog
from hql.place import refused
from hql.reader import Reader
from hql.scope import walk


def plain_membership(tree: exp.Expr, catalog: Catalog, reader: Reader) -> exp.Expr:
    """Refuses names on the right of IN, except those of steps, which it turns into subqueries."""
    for node, steps in walk(tree):
        if isinstance(node, exp.In):
            name = _bare_name(node)
            if name is not None and name.name in steps and len(name.parts) == 1:
                table = exp.Table(this=name.this.copy())
                query = exp.Select(expressions=[exp.Star()], from_=exp.From(this=table))
                is_global = node.args.get("is_global")
                node.replace(exp.In(this=node.this, query=exp.Subquery(this=query), is_global=is_global))
            else:
                _check(node)
    return tree


def _bare_name(node: exp.In) -> exp.Column | None:
    field = node.args.get("field")
    candidate = field if field is not None else (node.expressions[0] if len(node.expressions) == 1 else None)
    while isinstance(candidate, (exp.Paren, exp.Tuple)) and (
        isinstance(candidate, exp.Paren) or len(candidate.expressions) == 1
    ):
        candidate = candidate.this if isinstance(candidate, exp.Paren) else candidate.expressions[0]
    return candidate if isinstance(candidate, exp.Column) else None


def _check(node: exp.In) -> None:
    query = node.args.get("query")
    if query is not None and not isinstance(query, exp.Query):
        raise refused(node, "unsupported_syntax", "IN takes values or a subquery")
    field = node.args.get("field")
    for value in ([] if field is None else [field]) + list(node.expressions):
        _check_value(node, value)


def _check_value(node: exp.In, value: exp.Expr) -> None:
    while isinstance(value, (exp.Paren, exp.Cast, exp.Neg)):
        value = value.this
    if isinstance(value, (exp.Tuple, exp.Array)):
        for member in value.expressions:
            _check_value(node, member)
    elif isinstance(value, (exp.Column, exp.Dot, exp.Identifier, exp.Table, exp.Alias, exp.Bracket, exp.Var)):
        raise refused(
            value,
            "name_in_membership",
            f"`{value.name}` on the right of IN would be read as a table",
            "write IN (select ...), IN (1, 2), or has(array, x) for an array",
        )
    elif isinstance(value, exp.Anonymous) and value.name.lower() not in _VALUE_CALLS:
        if value.find(exp.Column) is None:
            return
        raise refused(
            value,
            "name_in_membership",
            f"`{value.name}(...)` of a column cannot stand on the right of IN",
            "write has(array, x) for an array",
        )


_VALUE_CALLS = frozenset({"tuple", "array"})
