"""Writes `materialize(...)` around what functions make of constants alone and may be long.

What a call costs is bounded by memory: whatever it looks through was made for each row, and a query may not make much.
A constant alone is made once and then looked through for every row: `has(range(1000000), number)` takes a minute for
a block of rows, within one call, in which the engine looks at no limit. As a column it is too large, and refused.
"""

import re
from collections.abc import Iterator, Mapping
from math import inf, prod
from types import MappingProxyType

from sqlglot import exp

from hql.catalog import Catalog
from hql.dialect import Hql
from hql.reader import Reader
from hql.scope import nodes

LONGEST = 20_000
"""How long a constant may get: characters or members. A block of rows then takes a second at most."""

LONGEST_IN_LAMBDA = 200
"""The same where it is looked through for every member of an array: a call has many more of those than rows."""

_UNKNOWN_TEXT = 50
_UNKNOWN_ARRAY = 1000
"""How long the text and the array in a parameter are taken to be; they are bounded with the request."""

_GROUPS = frozenset(
    {"string", "search", "array", "map", "json", "bit and bitmap", "hash and encoding", "url and address", "distance",
     "geo"}
)  # fmt: skip
"""Functions that look through values of any length, and make such."""

_NOT_IN_NAMES = re.compile(r"[^\x20-\x7e]|[\\\"`]")
_ADD_UP = frozenset({"array", "arrayconcat", "concat", "map", "tuple"})


def long_constants(tree: exp.Expr, catalog: Catalog, reader: Reader) -> exp.Expr:
    """Keeps no long constant where a function looks through it, nor where it gets a name."""
    parts = nodes(tree)
    sizes = _Sizes(parts, catalog)
    long = [each for part in parts for each in _long(part, sizes, catalog)]
    for constant in long:
        _name_column(constant)
    for constant in long:
        column = exp.Anonymous(this="materialize")
        constant.replace(column)
        column.set("expressions", [constant])
    return tree


def _long(part: exp.Expr, sizes: "_Sizes", catalog: Catalog) -> Iterator[exp.Expr]:
    """The long constants that a call looks through, or the part itself where it is one and gets a name."""
    if _looks_through(part, catalog):
        for argument in part.iter_expressions():
            if not isinstance(argument, (exp.DataType, exp.Identifier, exp.Lambda)):
                most = LONGEST_IN_LAMBDA if argument.find_ancestor(exp.Lambda) else LONGEST
                if sizes.of(argument) > most and sizes.may_be_made(argument, most):
                    yield argument
    is_named = _is_call(part, catalog) and not _is_argument(part, catalog) and not _is_answer(part)
    if is_named and sizes.of(part) > LONGEST:
        yield part
    if isinstance(part, exp.Select) and part.parent is not None:
        # Who reads the column may know it by another name.
        for column in part.expressions:
            value = column.this if isinstance(column, exp.Alias) else column
            if sizes.of(value) > LONGEST and not isinstance(value, exp.Anonymous) and value.find(exp.Subquery):
                yield value


class _Sizes:
    """How long constants are at most."""

    def __init__(self, parts: list[exp.Expr], catalog: Catalog) -> None:
        self._catalog = catalog
        self._named: dict[str, list[exp.Expr]] = {}
        for part in parts:
            is_value = isinstance(part, exp.Alias) or (isinstance(part, exp.CTE) and part.args.get("scalar"))
            if is_value and not isinstance(part.this, exp.Lambda):
                self._named.setdefault(part.alias, []).append(part.this)
        self._known: dict[str, float] = {}

    def of(self, node: exp.Expr, own: Mapping[str, float] = MappingProxyType({})) -> float:
        """How long the value is at most, or how large as a number; -1 if it is no constant.

        `own` are the parameters of lambdas around the node that are within the value.
        """
        if isinstance(node, exp.Literal):
            return len(node.name) if node.is_string else float(node.name) if node.is_int else inf
        if isinstance(node, (exp.Boolean, exp.Null, exp.DataType)):
            return 1.0
        if isinstance(node, exp.Placeholder):
            return _of_parameter(node)
        if isinstance(node, exp.Identifier):
            return own.get(node.name, -1.0)
        if isinstance(node, exp.Column):
            return self._of_name(node.name)
        if isinstance(node, (exp.Subquery, exp.Select, exp.SetOperation)):
            return inf
        if isinstance(node, exp.Alias):
            return self.of(node.this, own)
        lambdas = [part for part in node.iter_expressions() if isinstance(part, exp.Lambda)]
        parts = [self.of(part, own) for part in node.iter_expressions() if not isinstance(part, exp.Lambda)]
        # What a lambda is given is a member of the other arguments.
        member = max(parts, default=inf)
        parts += [self.of(each.this, {**own, **{name.name: member for name in each.expressions}}) for each in lambdas]
        if any(size < 0 for size in parts) or _is_aggregate(node, self._catalog):
            return -1.0
        return self._of_parts(node, parts)

    def may_be_made(self, node: exp.Expr, most: float) -> bool:
        """Whether it is more than arithmetic: a value that has members or letters."""
        return any(
            _is_call(part, self._catalog)
            or isinstance(part, exp.Subquery)
            or (isinstance(part, exp.Placeholder) and most < _of_parameter(part) == _UNKNOWN_ARRAY)
            or (isinstance(part, exp.Column) and self._of_name(part.name) > most)
            or (isinstance(part, exp.Array) and len(part.expressions) > most)
            or (isinstance(part, exp.Literal) and part.is_string and len(part.name) > most)
            for part in node.walk()
        )

    def _of_name(self, name: str) -> float:
        if name not in self._known:
            self._known[name] = -1.0
            self._known[name] = max((self.of(each) for each in self._named.get(name, [])), default=-1.0)
        return self._known[name]

    def _of_parts(self, node: exp.Expr, parts: list[float]) -> float:
        name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
        if isinstance(node, (exp.Array, exp.Tuple, exp.DPipe, exp.Add)) or name in _ADD_UP:
            return sum(parts)
        if isinstance(node, exp.Mul):
            return prod(parts)
        if isinstance(node, (exp.Paren, exp.Cast)) or _group(node, self._catalog) == "conversion":
            return prod(each + 1 for each in parts) if name == "tofixedstring" else max(parts, default=1.0)
        return prod(each + 1 for each in parts) if _is_call(node, self._catalog) else inf


def _looks_through(node: exp.Expr, catalog: Catalog) -> bool:
    return _is_call(node, catalog) or isinstance(node, (exp.Like, exp.ILike, exp.RegexpLike, exp.Bracket))


def _is_call(node: exp.Expr, catalog: Catalog) -> bool:
    if isinstance(node, exp.Anonymous):
        return _group(node, catalog) in _GROUPS or node.name.lower() in ("timeslots", "tofixedstring")
    return isinstance(node, exp.DPipe)


def _is_argument(node: exp.Expr, catalog: Catalog) -> bool:
    """Whether that is looked at already, or must be a constant, as what stands in FROM numbers(...)."""
    around = node.parent
    return isinstance(node.find_ancestor(exp.Select, exp.Table), exp.Table) or (
        around is not None and _looks_through(around, catalog)
    )


def _is_answer(node: exp.Expr) -> bool:
    """Whether it is a column of the answer that has no name, which nothing in the query can look through."""
    return isinstance(node.parent, exp.Select) and node.arg_key == "expressions" and node.parent.parent is None


def _is_aggregate(node: exp.Expr, catalog: Catalog) -> bool:
    return isinstance(node, (exp.AggFunc, exp.Window)) or _group(node, catalog) in ("aggregate", "window")


def _group(node: exp.Expr, catalog: Catalog) -> str:
    found = catalog.functions.find(node.name) if isinstance(node, exp.Anonymous) else None
    return found.group if found else ""


def _of_parameter(node: exp.Placeholder) -> float:
    kind = node.args.get("kind")
    type = kind.this.name if isinstance(kind, exp.DataType) else ""
    if type in ("ARRAY", "MAP"):
        return _UNKNOWN_ARRAY
    return 255.0 if type == "UTINYINT" else inf if "INT" in type else _UNKNOWN_TEXT


def _name_column(constant: exp.Expr) -> None:
    """Gives the column that the constant stands in the name it would have had."""
    item = constant
    while item.parent is not None and not isinstance(item.parent, (exp.Select, exp.Alias)):
        item = item.parent
    if isinstance(item.parent, exp.Select) and item.arg_key == "expressions":
        alias = exp.Alias(alias=exp.to_identifier(_NOT_IN_NAMES.sub("", item.sql(dialect=Hql)), quoted=True))
        item.replace(alias)
        alias.set("this", item)
