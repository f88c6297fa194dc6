"""Gives functions that WITH names, as in `WITH x -> x * 2 AS double`, names of ours.

A call is accepted because the query names the function itself: under a name that no function of the engine has, such a
call can mean nothing else. The engine writes a function out wherever it is called, arguments included. So that a short
query stays short there, none calls another one, is called within its own arguments, or holds a query.
"""

import re
from collections.abc import Mapping

from sqlglot import exp

from hql.catalog import Catalog
from hql.dialect import Hql
from hql.place import refused
from hql.reader import Reader
from hql.scope import find

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
    calls = [call for call in find(tree, exp.Anonymous) if call.name in functions]
    for call in calls:
        _check_call(call, functions)
        _name_column(call)
    numbers = {name: f"step{number}_{name}" for number, name in enumerate(functions, 1)}
    for call in calls:
        call.set("this", numbers[call.name])
    for column in find(tree, exp.Column):
        # It may be given to another function by name, as to arrayMap.
        if column.name in functions and len(column.parts) == 1 and isinstance(column.parent, exp.Anonymous):
            column.set("this", exp.to_identifier(numbers[column.name], quoted=True))
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


def _check_call(call: exp.Anonymous, functions: Mapping[str, exp.CTE]) -> None:
    around = call.parent
    while around is not None and not isinstance(around, exp.Query):
        if isinstance(around, exp.Anonymous) and around.name in functions:
            raise refused(
                call, "too_complicated", "a function of WITH is called within a call of one", "use a step between them"
            )
        if isinstance(around, exp.CTE) and isinstance(around.this, exp.Lambda):
            raise refused(
                call, "too_complicated", "a function of WITH cannot call another one", "write the other one out"
            )
        around = around.parent


def _name_column(call: exp.Anonymous) -> None:
    """Gives the column that the call stands in the name it would have had."""
    item: exp.Expr = call
    while item.parent is not None and not isinstance(item.parent, (exp.Select, exp.Alias)):
        item = item.parent
    if isinstance(item.parent, exp.Select) and item.arg_key == "expressions":
        alias = exp.Alias(alias=exp.to_identifier(_NOT_IN_NAMES.sub("", item.sql(dialect=Hql)), quoted=True))
        item.replace(alias)
        alias.set("this", item)
