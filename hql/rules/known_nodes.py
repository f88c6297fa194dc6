"""Accepts the parts of a SELECT that are known to be harmless, and nothing else."""

import re
from collections.abc import Callable

from sqlglot import exp

from hql.catalog import Catalog
from hql.dialect.nodes import ChosenColumns
from hql.dialect.words import FLOAT_WORDS, UNITS
from hql.errors import Refused
from hql.place import refused
from hql.reader import Reader
from hql.scope import find, nodes

ALLOWED: frozenset[type] = frozenset(
    {
        # queries
        exp.Select, exp.Union, exp.Except, exp.Intersect, exp.Subquery, exp.With, exp.CTE, exp.From, exp.Join,
        exp.PreWhere, exp.Where, exp.Group, exp.Cube, exp.Rollup, exp.GroupingSets, exp.Having, exp.Qualify, exp.Order,
        exp.Ordered, exp.WithFill, exp.Limit, exp.LimitOptions, exp.Fetch, exp.Offset, exp.Distinct, exp.Table,
        exp.TableAlias, exp.Final,
        # names and values
        exp.Alias, exp.Column, exp.Identifier, exp.Star, ChosenColumns, exp.Apply, exp.Dot, exp.Literal, exp.HexString,
        exp.BitString, exp.Null, exp.Boolean, exp.Var, exp.Placeholder, exp.Paren, exp.Tuple, exp.Array, exp.Bracket,
        # calls
        exp.Anonymous, exp.AnonymousAggFunc, exp.CombinedAggFunc, exp.ParameterizedAgg, exp.CombinedParameterizedAgg,
        exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.Window, exp.WindowSpec, exp.Lambda, exp.Extract, exp.Trim,
        exp.Substring, exp.Exists, exp.All, exp.Case, exp.If, exp.Interval,
        # types
        exp.Cast, exp.CastToStrType, exp.DataType, exp.DataTypeParam, exp.ColumnDef, exp.JSONCast, exp.NestedJSONSelect,
        # operators
        exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ,
        exp.Is, exp.In, exp.Between, exp.Like, exp.ILike, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod,
        exp.Neg, exp.DPipe, exp.Collate,
    }
)  # fmt: skip

_QUERY = frozenset({"with_", "where", "prewhere", "joins", "limit", "limit_by", "offset", "order", "alias"})
_ARGUMENTS: dict[type, frozenset[str]] = {
    exp.Select: _QUERY | {"expressions", "distinct", "from_", "group", "having", "qualify", "windows"},
    exp.Union: _QUERY | {"this", "expression", "distinct"},
    exp.Except: _QUERY | {"this", "expression", "distinct"},
    exp.Intersect: _QUERY | {"this", "expression", "distinct"},
    exp.Subquery: _QUERY | {"this"},
    exp.With: frozenset({"expressions", "recursive"}),
    exp.CTE: frozenset({"this", "alias", "scalar"}),
    exp.Table: frozenset({"this", "db", "catalog", "alias", "joins"}),
    exp.Join: frozenset({"this", "on", "side", "kind", "using", "method", "global_", "expressions"}),
    exp.Column: frozenset({"this", "table", "db", "catalog"}),
    exp.Star: frozenset({"except_", "replace"}),
    exp.Cast: frozenset({"this", "to"}),
    exp.In: frozenset({"this", "expressions", "query", "field", "is_global"}),
}
"""What these parts may be made of."""

_OF_THE_REQUEST = "limits and the format are parameters of the request, not of the text"
_CLAUSES: dict[str, tuple[str, str | None]] = {
    "settings": ("SETTINGS", _OF_THE_REQUEST),
    "format": ("FORMAT", _OF_THE_REQUEST),
    "into": ("INTO", "read the answer, and store it where you are"),
    "sample": ("SAMPLE", "filter on a hash: where cityHash64(request_id) % 100 < 10"),
    "pivots": ("PIVOT", "write countIf(provider = 'openai') for each column"),
    "laterals": ("LATERAL VIEW", "write ARRAY JOIN"),
    "locks": ("FOR UPDATE", None),
    "hint": ("a hint", None),
    "kind": ("SELECT AS", None),
}
"""The other parts as people write them, and the way out."""

_LARGEST_APPLIED = 50
"""How many parts a lambda may have that is applied to columns."""

_CONSTRAINED_JOINS = frozenset({"", "ASOF", "GLOBAL"})
_WORDS = UNITS | FLOAT_WORDS | {"ALL"}
_UNSAFE_IN_NAME = re.compile(r"[\\\"`\x00-\x1f\x7f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")

_KIND_WORDS: dict[type, tuple[str, str]] = {
    exp.Values: ("VALUES cannot be read as a table", "write arrayJoin over an array of tuples"),
    exp.JSONExtract: ("the arrow `->` stands only inside a function's arguments", "write JSONExtractString(x, 'key')"),
    exp.JSONExtractScalar: ("the operator `->>` is not ClickHouse's", "write JSONExtractString(x, 'key')"),
    exp.Any: ("`= ANY (select ...)` is not available", "write IN (select ...)"),
    exp.Concat: ("two strings side by side are not joined", "write concat('a', 'b')"),
    exp.RawString: ("$$-quoted strings are not available", "write the string in single quotes"),
    exp.Heredoc: ("$$-quoted strings are not available", "write the string in single quotes"),
    exp.Parameter: ("`@` and `$` parameters are not available", "write a typed parameter such as {days:UInt8}"),
    exp.Command: ("only SELECT can be run", "write one SELECT"),
    exp.Glob: ("GLOB is not ClickHouse's", "write LIKE"),
}


def known_nodes(tree: exp.Expr, catalog: Catalog, reader: Reader) -> exp.Expr:
    """Refuses every part of the tree that is not on the list of known parts."""
    for node in nodes(tree):
        if type(node) not in ALLOWED:
            message, hint = _KIND_WORDS.get(
                type(node), (f"`{node.key.upper()}` is not available in HQL", "write it with functions of the schema")
            )
            raise refused(node, "unsupported_syntax", message, hint)
        if type(node) in _ARGUMENTS:
            _check_arguments(node, _ARGUMENTS[type(node)])
        check = _CHECKS.get(type(node))
        if check is not None:
            check(node)
    return tree


def _check_arguments(node: exp.Expr, allowed: frozenset[str]) -> None:
    for argument, value in node.args.items():
        if value and argument not in allowed:
            first = value[0] if isinstance(value, list) else value
            name, hint = _CLAUSES.get(argument, (argument.strip("_").upper(), None))
            place = first if isinstance(first, exp.Expr) else node
            raise refused(place, "forbidden_clause", f"{name} is not available", hint)


def _check_subquery(node: exp.Expr) -> None:
    if not isinstance(node.this, exp.Query):
        raise refused(node, "unsupported_syntax", "a table in FROM stands without parentheses", "write FROM requests")


def _check_from(node: exp.Expr) -> None:
    source = node.this
    while isinstance(source, exp.Final):
        source = source.this
    if not isinstance(source, (exp.Table, exp.Subquery)):
        raise refused(node, "unsupported_syntax", "FROM takes a table, a subquery or a named step of WITH")


def _check_join(node: exp.Expr) -> None:
    method = node.text("method").upper()
    if node.text("kind").upper() == "ARRAY":
        hidden = node.find(exp.Query, exp.From, exp.Table)
        if hidden is not None:
            raise refused(
                hidden, "unsupported_syntax", "ARRAY JOIN takes arrays, not a query", "put the query into WITH"
            )
    elif method not in _CONSTRAINED_JOINS:
        raise refused(node, "unsupported_syntax", f"{method} JOIN is not available", "write JOIN ... USING (...)")
    else:
        _check_from(node)


def _check_table(node: exp.Expr) -> None:
    if isinstance(node.this, (exp.Placeholder, exp.Parameter)):
        raise refused(
            node,
            "identifier_parameter",
            f"a parameter cannot stand for a table: {{{node.this.name}:Identifier}}",
            "write the table's name",
        )


def _check_identifier(node: exp.Expr) -> None:
    found = _UNSAFE_IN_NAME.search(node.name)
    if found is not None or not node.name:
        raise refused(
            node, "invalid_name", "a name holds a character that names cannot have", "use letters, digits and signs"
        )


def _check_placeholder(node: exp.Expr) -> None:
    if not isinstance(node.args.get("kind"), exp.DataType):
        raise refused(
            node,
            "identifier_parameter",
            f"the parameter `{node.name}` needs a type of values",
            "write for example {days:UInt8}; a parameter cannot stand for a name",
        )
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", node.name):
        raise refused(node, "invalid_name", "the name of a parameter is letters, digits and _")


def _check_var(node: exp.Expr) -> None:
    if node.name.upper() not in _WORDS and not isinstance(node.parent, (exp.Apply, exp.Extract, exp.Placeholder)):
        raise refused(node, "unsupported_syntax", f"the word `{node.name}` is not expected here")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", node.name):
        raise refused(node, "unsupported_syntax", "a word holds a character that words cannot have")


def _check_alias(node: exp.Expr) -> None:
    if isinstance(node.this, exp.Star) or (isinstance(node.this, exp.Column) and isinstance(node.this.this, exp.Star)):
        raise refused(node, "unsupported_syntax", "all columns together cannot have a name", "name them one by one")


def _check_dot(node: exp.Expr) -> None:
    # `a.b(c)` would be a call that no list of functions sees.
    if not isinstance(node.expression, (exp.Literal, exp.Identifier)):
        raise refused(node, "unsupported_syntax", "after the dot stands the name or the number of a tuple's member")


def _check_columns(node: exp.Expr) -> None:
    assert isinstance(node, ChosenColumns)
    if node.is_pattern and len(node.expressions) == 1 and node.expressions[0].is_string:
        return
    if node.args.get("table") or not all(isinstance(each, exp.Column) for each in node.expressions):
        raise refused(
            node,
            "unsupported_syntax",
            "COLUMNS takes a pattern, or names of columns",
            "write columns('tokens$') or columns(provider, model)",
        )


def _check_apply(node: exp.Expr) -> None:
    # The engine writes the lambda out for every column, and one after another for what the one before has made.
    if isinstance(node.expression, exp.Lambda):
        others = [each for each in find(node.this, exp.Apply) if isinstance(each.expression, exp.Lambda)]
        if others or len(nodes(node.expression)) > _LARGEST_APPLIED:
            raise refused(node, "too_complicated", "one short lambda can be applied to columns", "name the columns")
        if find(node.expression, exp.Query):
            raise refused(node, "unsupported_syntax", "the lambda that is applied holds a query", "name the columns")
    elif not isinstance(node.expression, exp.Var):
        raise refused(node, "unsupported_syntax", "APPLY takes a function's name or a lambda")


def _check_step(node: exp.Expr) -> None:
    if not node.alias:
        raise Refused("unsupported_syntax", "every member of WITH has a name", hint="write WITH name AS (select ...)")


def _check_window(node: exp.Expr) -> None:
    if node.args.get("over") not in (None, "OVER"):
        raise refused(node, "unsupported_syntax", f"{node.args['over']} is not available", "write OVER (...)")


def _check_type(node: exp.Expr) -> None:
    if node.args.get("kind") is not None and not isinstance(node.args["kind"], (str, exp.Identifier, exp.DataType)):
        raise refused(node, "unsupported_syntax", "this type is not known")


_CHECKS: dict[type, Callable[[exp.Expr], None]] = {
    exp.Subquery: _check_subquery,
    exp.From: _check_from,
    exp.Join: _check_join,
    exp.Table: _check_table,
    exp.Identifier: _check_identifier,
    exp.Placeholder: _check_placeholder,
    exp.Var: _check_var,
    exp.Alias: _check_alias,
    exp.Dot: _check_dot,
    exp.CTE: _check_step,
    ChosenColumns: _check_columns,
    exp.Apply: _check_apply,
    exp.Window: _check_window,
    exp.DataType: _check_type,
}
