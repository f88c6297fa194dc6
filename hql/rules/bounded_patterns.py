"""Accepts regular expressions whose cost shows: few repetitions counted out, and short texts to find every match in.

A match costs the text's length times the expression's, repetitions counted out. Finding every match can cost the
square of the text's length: `a*b|a` reads a row of a's to its end from each of them. The engine looks at its limits
between calls, never within one, and a text of a million letters so takes an hour.
"""

import re
from collections.abc import Callable

from sqlglot import exp

from hql.catalog import Catalog
from hql.place import refused
from hql.reader import Reader
from hql.scope import nodes

MOST_STEPS = 300
"""How long an expression may be with its counted repetitions written out."""

LONGEST = 1000
LONGEST_IN_LAMBDA = 100
"""How long a text may be in which every match is found; a call has as many members of an array as memory holds."""

LONGEST_IN_EITHER_CASE = 30
"""How long that may be which is looked for in letters of either case, where the text may be long."""

FIND_ALL = frozenset(
    {
        "countmatches", "countmatchescaseinsensitive", "extractall", "extractallgroups", "extractallgroupshorizontal",
        "extractallgroupsvertical", "regexp_replace", "replaceregexpall", "splitbyregexp",
    }
)  # fmt: skip
_FIND_ONE = frozenset(
    {
        "extract", "extractgroups", "match", "matchcaseinsensitive", "notmatch", "notmatchcaseinsensitive",
        "regexp_extract", "regexp_instr", "regexp_matches", "regexp_substr", "regexpextract", "regexpinstr",
        "regexpposition", "replaceregexpone",
    }
)  # fmt: skip
_IN_EITHER_CASE = frozenset({"positioncaseinsensitiveutf8", "countsubstringscaseinsensitiveutf8", "ilike", "notilike"})
"""They begin anew at each letter, and read on for as long as what they look for: it must be short."""

_KEEPS_LENGTH = frozenset({"lower", "upper", "lcase", "ucase", "assumenotnull", "tostring", "trim", "reverse", "ifnull",
                           "coalesce", "concat"})  # fmt: skip
_LEFT = frozenset({"left", "leftutf8", "right", "rightutf8", "substring", "substringutf8", "substr", "mid"})

_BOUNDED = FIND_ALL | _FIND_ONE | _IN_EITHER_CASE
_OPERATORS: dict[type[exp.Expr], str] = {exp.RegexpLike: "match", exp.ILike: "ilike"}

_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(\d+)(?:,(\d*))?\}|.", re.DOTALL)
_ONE_REPEATED = re.compile(r"\(?(?:\\[\w\s]|\[\^?(?:\\.|[^\]\\])+\]|[^\\\[\](){}|.*+?^$])[+*]\)?")

IsStored = Callable[[exp.Column], bool]


def bounded_patterns(tree: exp.Expr, catalog: Catalog, reader: Reader) -> exp.Expr:
    """Refuses expressions of too many steps, and texts that may be long where every match in them is found."""
    parts = nodes(tree)
    if not any(_name(part) in _BOUNDED for part in parts):
        return tree
    is_stored = _stored(parts, catalog)
    for call in parts:
        name = _name(call)
        if name not in _BOUNDED:
            continue
        arguments = call.expressions if isinstance(call, exp.Anonymous) else [call.this, call.expression]
        if len(arguments) < 2:
            continue
        text, pattern = (arguments[1], arguments[0]) if name == "splitbyregexp" else (arguments[0], arguments[1])
        if name in _IN_EITHER_CASE:
            if _most(pattern, is_stored) > LONGEST_IN_EITHER_CASE and _most(text, is_stored) > LONGEST:
                message = f"`{name}` looks for more than {LONGEST_IN_EITHER_CASE} letters only in columns"
                raise refused(call, "too_complicated", message, f"write left(x, {LONGEST}) around the text")
            continue
        written = pattern.name if isinstance(pattern, exp.Literal) and pattern.is_string else None
        if written is not None and _steps(written) > MOST_STEPS:
            message = f"an expression of more than {MOST_STEPS} steps, its repetitions counted out"
            raise refused(pattern, "too_complicated", message, "repeat with + or *, or fewer times")
        if name in FIND_ALL and not (written is not None and _reads_once(written)):
            most = LONGEST_IN_LAMBDA if call.find_ancestor(exp.Lambda) else LONGEST
            if _most(text, is_stored) > most:
                message = f"`{name}` finds every match of this expression only in columns and texts of {most:,} letters"
                raise refused(call, "too_complicated", message, f"write left(x, {most}) around the text")
    return tree


def _stored(parts: list[exp.Expr], catalog: Catalog) -> IsStored:
    """Tells columns of the catalog's tables from what the query gives the same name."""
    names = {column.name for table in catalog.tables.values() for column in table.columns}
    given = {part.alias for part in parts if isinstance(part, (exp.Alias, exp.CTE, exp.Subquery))}
    given |= {name.name for part in parts if isinstance(part, exp.TableAlias) for name in part.columns}
    given |= {name.name for part in parts if isinstance(part, exp.Lambda) for name in part.expressions}
    tables = {part.alias_or_name for part in parts if isinstance(part, exp.Table) and part.name not in given} - given

    def is_stored(column: exp.Column) -> bool:
        known = column.table in tables if column.table else column.name not in given
        return known and column.name in names

    return is_stored


def _name(call: exp.Expr) -> str:
    return call.name.lower() if isinstance(call, exp.Anonymous) else _OPERATORS.get(type(call), "")


def _steps(pattern: str) -> int:
    """The length of the expression with its counted repetitions written out."""
    sizes, last, outer = 0, 0, []
    for token in _TOKEN.finditer(pattern):
        if token[0] == "(":
            outer.append(sizes)
            sizes, last = 0, 0
        elif token[0] == ")" and outer:
            sizes, last = outer.pop() + sizes, sizes
        elif token[1] is not None:
            times = max(int(token[1]), int(token[2] or 0))
            sizes += last * max(0, times - 1)
            last *= max(1, times)
        elif token[0] not in "*+?|":
            sizes, last = sizes + 1, 1
    return sizes


def _reads_once(pattern: str) -> bool:
    """Whether no text is read more often than a few times: one sign repeated, or no repetition without an end."""
    if _ONE_REPEATED.fullmatch(pattern):
        return True
    ends = all(
        token[0] not in "*+" and not (token[1] is not None and (token[2] == "" or int(token[2] or token[1]) > 50))
        for token in _TOKEN.finditer(pattern)
    )
    return ends and _steps(pattern) <= 100


def _most(text: exp.Expr, is_stored: IsStored) -> float:
    """How long the text is at most, what is stored counted as short: a caller may store a longer one, seldom many."""
    if isinstance(text, exp.Paren):
        return _most(text.this, is_stored)
    if isinstance(text, exp.Literal):
        return len(text.name)
    if isinstance(text, exp.Placeholder):
        # It is bounded with the request.
        return LONGEST_IN_LAMBDA
    if isinstance(text, exp.DPipe):
        return _most(text.this, is_stored) + _most(text.expression, is_stored)
    if isinstance(text, exp.Bracket):
        text = text.this
    if isinstance(text, exp.Column):
        return LONGEST_IN_LAMBDA if is_stored(text) else float("inf")
    if not isinstance(text, exp.Anonymous):
        return float("inf")
    name, given = text.name.lower(), text.expressions
    if name in _LEFT and len(given) > 1:
        last = given[-1]
        return int(last.name) if isinstance(last, exp.Literal) and last.is_int else float("inf")
    if name in _KEEPS_LENGTH:
        return sum(_most(each, is_stored) for each in given)
    return float("inf")
