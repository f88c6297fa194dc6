"""Accepts calls of listed functions alone, also where a function is named in a string or in APPLY."""

import re

from sqlglot import exp

from hql.catalog import Catalog, near
from hql.place import refused
from hql.reader import Reader
from hql.rules.named_functions import functions_of
from hql.scope import find

TABLE_FUNCTIONS = frozenset({"numbers", "zeros", "generateSeries", "generate_series"})
"""Functions that may stand in FROM: they make rows out of their arguments."""

_NAMED_IN_A_STRING = frozenset({"arrayreduce", "arrayreduceinranges", "initializeaggregation"})
"""Functions whose first argument names an aggregate."""

_CALLS = (
    exp.Anonymous,
    exp.AnonymousAggFunc,
    exp.CombinedAggFunc,
    exp.ParameterizedAgg,
    exp.CombinedParameterizedAgg,
)


def known_functions(tree: exp.Expr, catalog: Catalog, reader: Reader) -> exp.Expr:
    """Refuses calls of functions that are not on the catalog's list."""
    own = functions_of(tree)
    for call in find(tree, *_CALLS, exp.Apply):
        if isinstance(call, exp.Apply):
            if not isinstance(call.expression, exp.Lambda):
                _check(call, call.expression.name, catalog)
        elif not isinstance(call.this, str):
            raise refused(call, "unsupported_syntax", "a function's name stands without quotes", f"write {call.name}()")
        elif isinstance(call.parent, exp.Table):
            _check_table_function(call)
        elif call.name not in own or not isinstance(call, exp.Anonymous):
            _check(call, call.name, catalog)
            if call.name.lower() in _NAMED_IN_A_STRING:
                _check_named(call, catalog)
    return tree


def _check(call: exp.Expr, name: str, catalog: Catalog) -> None:
    if catalog.functions.find(name) is None:
        meant = near(name, catalog.functions.by_name)
        hint = f"did you mean `{meant}`?" if meant else "the schema lists the functions a query may call"
        raise refused(call, "unknown_function", f"`{name}` is not a function that queries may call", hint)


def _check_table_function(call: exp.Expr) -> None:
    if call.name not in TABLE_FUNCTIONS or not call.expressions:
        raise refused(
            call,
            "forbidden_table",
            f"`{call.name}(...)` cannot be read as a table",
            f"functions in FROM are {', '.join(sorted(TABLE_FUNCTIONS))}, each with its arguments",
        )


def _check_named(call: exp.Expr, catalog: Catalog) -> None:
    name = call.expressions[0] if call.expressions else None
    if not isinstance(name, exp.Literal) or not name.is_string:
        raise refused(call, "unknown_function", f"the first argument of `{call.name}` is an aggregate's name in quotes")
    found = re.fullmatch(r"\s*(\w+)\s*(\([\d\s.,]*\))?\s*", name.name)
    function = catalog.functions.find(found[1]) if found else None
    if function is None or not function.is_aggregate:
        raise refused(call, "unknown_function", f"`{name.name}` is not an aggregate that queries may call")
