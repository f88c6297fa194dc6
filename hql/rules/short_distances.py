"""Accepts distances between texts or arrays only where both are visibly short.

What they cost is the product of the two lengths, and the engine looks at its limits between calls, never within one: a
distance between two long texts outlives every limit (20,000 letters each take seconds, for every row).
"""

from sqlglot import exp

from hql.catalog import Catalog
from hql.place import refused
from hql.reader import Reader

MAX_STEPS = 10_000
"""How much all distances of a query may cost for a row: as much as one between two texts of 100 letters. The engine
computes some 65,000 rows between two looks at its limits, which then take about two seconds."""

_OF_TEXTS = frozenset(
    {
        "levenshteindistance", "levenshteindistanceutf8", "editdistance", "editdistanceutf8",
        "dameraulevenshteindistance", "jarosimilarity", "jarowinklersimilarity",
    }
)  # fmt: skip
_OF_ARRAYS = frozenset({"arraylevenshteindistance", "arraylevenshteindistanceweighted", "arraysimilarity"})
_LEFT = frozenset({"left", "leftutf8", "right", "rightutf8"})
_PART = frozenset({"substring", "substringutf8", "substr", "mid", "arrayslice"})
_KEEPS_LENGTH = frozenset({"lower", "upper", "lcase", "ucase", "assumenotnull", "tostring", "trim", "reverse"})
_EITHER = frozenset({"ifnull", "coalesce"})


def short_distances(tree: exp.Expr, catalog: Catalog, reader: Reader) -> exp.Expr:
    """Refuses distances whose arguments do not say how long they are at most, or that cost too much together."""
    steps = 0
    for call in tree.find_all(exp.Anonymous):
        name = call.name.lower()
        if name not in _OF_TEXTS and name not in _OF_ARRAYS:
            continue
        lengths = [_most(argument) for argument in call.expressions]
        if len(lengths) < 2 or any(length is None for length in lengths):
            raise _too_long(call, "takes texts or arrays that say how long they are at most")
        steps += (lengths[0] or 0) * (lengths[1] or 0)
        if steps > MAX_STEPS:
            raise _too_long(call, f"costs too much: the lengths it compares may multiply to {MAX_STEPS:,} in a query")
        lambda_ = call.find_ancestor(exp.Lambda)
        if lambda_ is not None:
            raise refused(
                lambda_,
                "too_complicated",
                f"`{call.name}` cannot be called for every member of an array",
                "read the members as rows first, with ARRAY JOIN",
            )
    return tree


def _most(argument: exp.Expr) -> int | None:
    """How long the value is at most; None if that does not show."""
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
