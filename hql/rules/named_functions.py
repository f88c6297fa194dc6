"""Gives functions that WITH names, as in `WITH x -> x * 2 AS double`, names of ours.

A call is accepted because the query names the function itself: under a name that no function of the engine has, such a
call can mean nothing else. The engine writes a function out wherever it is called, arguments included: two that call
each other twice would never end, ten in a row make a thousand parts of one. So a function calls those alone that are
named before it, none holds a query, and what all become when they are written out is counted.
"""

import re
from collections import Counter
from collections.abc import Mapping

from sqlglot import exp

from hql.catalog import Catalog
from hql.dialect import Hql
from hql.errors import Refused
from hql.place import refused
from hql.reader import Reader
from hql.scope import find, nodes

MAX_WRITTEN_OUT = 1_000
"""How many parts functions may add to a query. The engine plans some thirty thousand in a third of a second."""

_Parts = Counter[str]
"""How often an expression has each name, its parameters among them, and under no name how many other parts."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_IN_NAMES = re.compile(r"[^\x20-\x7e]|[\\\"`]")


def functions_of(tree: exp.Expr) -> Mapping[str, exp.CTE]:
    """Returns the functions that the query names, by name."""
    return {step.alias: step for step in find(tree, exp.CTE) if isinstance(step.this, exp.Lambda)}


def named_functions(tree: exp.Expr, catalog: Catalog, reader: Reader) -> exp.Expr:
    """Renames functions and their calls, and keeps the names of the columns that calls make."""
    functions = functions_of(tree)
    if not functions:
        return tree
    for step in find(tree, exp.CTE):
        if isinstance(step.this, exp.Lambda):
            _check(step, functions)
    _check_size(tree, functions)
    calls = [(node, name) for node in nodes(tree) if (name := _called(node, functions)) is not None]
    for call, _ in calls:
        _name_column(call)
    numbers = {name: f"step{number}_{name}" for number, name in enumerate(functions, 1)}
    for call, name in calls:
        ours = numbers[name]
        call.set("this", ours if isinstance(call, exp.Anonymous) else exp.to_identifier(ours, quoted=True))
    for name, step in functions.items():
        step.args["alias"].set("this", exp.to_identifier(numbers[name], quoted=True))
    return tree


def _check(step: exp.CTE, functions: Mapping[str, exp.CTE]) -> None:
    if functions.get(step.alias) is not step or not _NAME.fullmatch(step.alias):
        raise refused(
            step, "unsupported_syntax", f"the function `{step.alias}` needs a name of its own, of letters, digits and _"
        )
    if step.this.find(exp.Query) is not None:
        raise refused(
            step, "unsupported_syntax", f"the function `{step.alias}` holds a query", "give the query's value to it"
        )


def _check_size(tree: exp.Expr, functions: Mapping[str, exp.CTE]) -> None:
    bodies: dict[str, _Parts] = {}
    for name, step in functions.items():
        bodies[name] = _written_out(step.this.this, functions, bodies)
        _check_added(sum(bodies[name].values()) - len(nodes(step.this.this)))
    _check_added(sum(_written_out(tree, functions, bodies).values()) - len(nodes(tree)))


def _check_added(more: int) -> None:
    if more > MAX_WRITTEN_OUT:
        raise Refused(
            "too_complicated",
            f"the functions of WITH, written out, add {more:,} parts to the query; {MAX_WRITTEN_OUT:,} are allowed",
            hint="call them less often within one another, or use a step between them",
        )


def _written_out(node: exp.Expr, functions: Mapping[str, exp.CTE], bodies: Mapping[str, _Parts]) -> _Parts:
    """The parts of an expression once every call of a function in it is the function's body."""
    called = _called(node, functions)
    if called is not None and called not in bodies:
        raise refused(node, "unsupported_syntax", f"the function `{called}` is called before it is named")
    if called is None:
        parts = Counter({node.name if isinstance(node, exp.Identifier) else "": 1})
        for child in node.iter_expressions():
            parts.update(_written_out(child, functions, bodies))
        return parts
    body = bodies[called]
    parts = Counter(body)
    if isinstance(node, exp.Anonymous):
        for parameter, argument in zip(functions[called].this.expressions, node.expressions, strict=False):
            for name, count in _written_out(argument, functions, bodies).items():
                parts[name] += count * max(1, body[parameter.name])
    return parts


def _called(node: exp.Expr, functions: Mapping[str, exp.CTE]) -> str | None:
    """The function that is called here, or given to another one by name, as to arrayMap."""
    is_given = isinstance(node, exp.Column) and len(node.parts) == 1 and isinstance(node.parent, exp.Anonymous)
    return node.name if (is_given or isinstance(node, exp.Anonymous)) and node.name in functions else None


def _name_column(call: exp.Expr) -> None:
    """Gives the column that the call stands in the name it would have had."""
    item: exp.Expr = call
    while item.parent is not None and not isinstance(item.parent, (exp.Select, exp.Alias)):
        item = item.parent
    if isinstance(item.parent, exp.Select) and item.arg_key == "expressions":
        alias = exp.Alias(alias=exp.to_identifier(_NOT_IN_NAMES.sub("", item.sql(dialect=Hql)), quoted=True))
        item.replace(alias)
        alias.set("this", item)
