"""What the engine's errors mean to the analyst, without the engine's insides."""

import re

from hql.errors import Busy, Cancelled, Failed, HqlError, LimitReached, Refused, Unavailable

_NAME = re.compile(r"identifier [`'\"](?P<name>[^`'\"]+)[`'\"]")
_FUNCTION = re.compile(r"[Ff]unction (?:with name )?[`'\"]?(?P<name>\w+)")
_PARAMETER = re.compile(r"cannot be parsed as (?P<type>.+?) for query parameter '(?P<name>\w+)'")
_INSIDES = (
    re.compile(r"^(?:Code: \d+\. (?:DB::Exception: )?)+"),
    re.compile(r"DB::Exception: "),
    re.compile(r"\s*\([A-Z0-9_]+\)\s*(\(version .*\))?\s*$"),
    re.compile(r"[:.,]?\s*(?:[Ii]n scope|[Ww]hile (?:processing|executing)|: while) .*", re.DOTALL),
    re.compile(r"\b__table\d+\."),
    re.compile(r"\s*Stack trace:.*", re.DOTALL),
)
TIMEOUT = 159
"""The engine's code for a query that ran too long."""
BUSY = 202
"""The engine's code for a query too many at once."""

_LIMITS = {
    TIMEOUT: ("timeout", "the query took longer than it may", "narrow the time range, or aggregate in a step first"),
    160: ("timeout", "the query would take longer than it may", "narrow the time range"),
    209: ("timeout", "the query took longer than it may", "narrow the time range, or aggregate in a step first"),
    241: ("memory", "the query needs more memory than it may take", "group by fewer values, or narrow the time range"),
    158: ("rows_read", "the query would read more rows than it may", "narrow the time range"),
    307: ("bytes_read", "the query would read more than it may", "name the columns you need, narrow the time range"),
    396: ("result_size", "the answer is larger than it may be", "add a LIMIT, or aggregate"),
    306: ("too_deep", "the query is nested too deeply", "name parts of it with WITH"),
    167: ("too_complicated", "the query has too many parts", "split it"),
    168: ("too_complicated", "the query has too many parts", "split it"),
    191: ("result_size", "a set or a join of the query is larger than it may be", "filter before joining"),
}
_HINTS = {
    53: "compare values of one type: cast one side, as in toString(x)",
    184: "an alias may hide the column of its name: give the alias another one",
    386: "the branches must have one type: cast them",
    407: "cast to a larger type, as in toFloat64(x)",
}
_OURS = frozenset({164, 192, 193, 194, 291, 452, 497, 516})
"""Read-only, authentication and access: the warehouse is not set up as we expect."""


def translate(code: int, message: str, sql: str) -> HqlError:
    """Returns our error for one of the engine's; `sql` is the analyst's text."""
    if code in _LIMITS:
        name, sentence, hint = _LIMITS[code]
        return LimitReached(name, sentence, hint=hint)
    if code == 394:
        return Cancelled("cancelled", "the query was cancelled")
    if code == BUSY:
        return Busy("busy", "the warehouse runs as many queries as it may", hint="try again in a moment")
    if code in _OURS or not code:
        return Unavailable("warehouse_refused", "the warehouse cannot be read now")
    text = readable(message)
    if found := _PARAMETER.search(message):
        return Refused("invalid_parameter", f"the parameter `{found['name']}` cannot be read as {found['type']}")
    if code == 47 and (found := _NAME.search(message)):
        name = _plain_name(found["name"])
        line, column = _place(name, sql)
        return Refused("unknown_column", f"unknown column `{name}`", line=line, column=column)
    if code == 46 and (found := _FUNCTION.search(message)):
        line, column = _place(found["name"], sql)
        return Refused("unknown_function", f"the engine has no function `{found['name']}`", line=line, column=column)
    if code in (62, 48):
        return Refused("unsupported_syntax", text)
    return Failed("engine_error", text, hint=_HINTS.get(code))


def readable(message: str) -> str:
    """Returns the sentence of an engine's message alone, with names as the analyst wrote them."""
    text = message
    for inside in _INSIDES:
        text = inside.sub("", text)
    text = re.sub(r"\bstep\d+_(\w+)", r"\1", text).strip().rstrip(".")
    return text if len(text) <= 400 else text[:397] + "..."


def _plain_name(name: str) -> str:
    return name.rsplit(".", 1)[-1]


def _place(name: str, sql: str) -> tuple[int | None, int | None]:
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sql)
    if found is None:
        return None, None
    before = sql[: found.start()]
    return before.count("\n") + 1, found.start() - before.rfind("\n")
