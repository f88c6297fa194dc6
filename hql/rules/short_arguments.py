"""Accepts distances between texts or arrays, and arrays looked for in arrays, only where both are visibly short.

What they cost is the product of the two lengths, and the engine looks at its limits between calls, never within one: a
distance between two long texts outlives every limit (20,000 letters each take seconds, for every row).
"""

from sqlglot import exp

from hql.catalog import Catalog
from hql.place import refused
from hql.reader import Reader
from hql.scope import find

MAX_STEPS = 10_000
"""How much all of a query's may cost for a row: as much as one distance between two texts of 100 letters. The engine
computes some 8,000 rows between two looks at its limits, which then take a quarter of a second."""

STORED_LENGTH = 100
"""How long the array of a stored column is taken to be. A caller may have stored a longer one, but not in every row."""

_OF_TEXTS = frozenset(
    {
        "levenshteindistance", "levenshteindistanceutf8", "editdistance", "editdistanceutf8",
        "dameraulevenshteindistance", "jarosimilarity", "jarowinklersimilarity",
    }
)  # fmt: skip
_OF_ARRAYS = frozenset({"arraylevenshteindistance", "arraylevenshteindistanceweighted", "arraysimilarity"})
_IN_ARRAYS = frozenset({"hasall", "hasany", "hassubstr"})
_LEFT = frozenset({"left", "leftutf8", "right", "rightutf8"})
_PART = frozenset({"substring", "substringutf8", "substr", "mid", "arrayslice"})
_KEEPS_LENGTH = frozenset({"lower", "upper", "lcase", "ucase", "assumenotnull", "tostring", "trim", "reverse"})
_EITHER = frozenset({"ifnull", "coalesce"})


def short_arguments(tree: exp.Expr, catalog: Catalog, reader: Reader) -> exp.Expr:
    """Refuses distances whose arguments do not say how long they are at most, or that cost too much together."""
    steps = 0
    for call in find(tree, exp.Anonymous):
        name = call.name.lower()
        if name not in _OF_TEXTS and name not in _OF_ARRAYS and name not in _IN_ARRAYS:
            continue
        stored = _stored_arrays(tree, catalog) if name in _IN_ARRAYS else frozenset()
        lengths = [_most(argument, stored) for argument in call.expressions]
        if len(lengths) < 2 or any(length is None for length in lengths):
            raise _too_long(call, "takes only what says how long it is at most")
        steps += (lengths[0] or 0) * (lengths[1] or 0)
        if steps > MAX_STEPS:
            raise _too_long(call, f"costs too much: the lengths it compares may multiply to {MAX_STEPS:,} in a query")
        lambda_ = call.find_ancestor(exp.Lambda)
        if lambda_ is not None and name not in _IN_ARRAYS:
            raise refused(
                lambda_,
                "too_complicated",
                f"`{call.name}` cannot be called for every member of an array",
                "read the members as rows first, with ARRAY JOIN",
            )
    return tree


def _stored_arrays(tree: exp.Expr, catalog: Catalog) -> frozenset[str]:
    """The names that can mean nothing in the query but an array as it is stored."""
    given = {alias.alias for alias in find(tree, exp.Alias, exp.CTE, exp.TableAlias)}
    given |= {name.name for alias in find(tree, exp.TableAlias) for name in alias.columns}
    given |= {name.name for each in find(tree, exp.Lambda) for name in each.expressions}
    arrays = {
        column.name for table in catalog.tables.values() for column in table.columns if column.type.startswith("Array(")
    }
    return frozenset(arrays - given)


def _most(argument: exp.Expr, stored: frozenset[str] = frozenset()) -> int | None:
    """How long the value is at most; None if that does not show. `stored` are names of arrays that are."""
    if isinstance(argument, exp.Column):
        return STORED_LENGTH if argument.name in stored else None
    if isinstance(argument, exp.Literal) and argument.is_string:
        return len(argument.name)
    if isinstance(argument, exp.Array):
        return len(argument.expressions)
    if isinstance(argument, exp.Paren):
        return _most(argument.this)
    if isinstance(argument, exp.Substring):
        return _number(argument.args.get("length"))
    if not isinstance(argument, exp.Anonymous):
        return None
    name, given = argument.name.lower(), argument.expressions
    if name in _LEFT and len(given) == 2:
        return _number(given[1])
    if name in _PART and len(given) == 3:
        return _number(given[2])
    if name in _KEEPS_LENGTH and len(given) == 1:
        return _most(given[0])
    if name in _EITHER and given:
        lengths = [_most(each) for each in given]
        return None if None in lengths else max(length or 0 for length in lengths)
    return None


def _number(expression: exp.Expr | None) -> int | None:
    if isinstance(expression, exp.Literal) and expression.is_int:
        return int(expression.name)
    return None


def _too_long(call: exp.Anonymous, why: str) -> Exception:
    of_texts = call.name.lower() in _OF_TEXTS
    short = "left(x, 100), left(y, 100)" if of_texts else "arraySlice(x, 1, 100), arraySlice(y, 1, 100)"
    return refused(call, "too_complicated", f"`{call.name}` {why}", f"write for example {call.name}({short})")
