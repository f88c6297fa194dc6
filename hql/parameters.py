"""Values of typed parameters, bound apart from the text: no value can become SQL.

A value travels as ClickHouse reads it in its tab-separated format: escaped outside, quoted within arrays and maps.
"""

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import quote_plus
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hql.errors import Refused

MAX_BYTES = 40_000
"""They travel in the address of the engine's request, whose length is bounded: this counts them as they stand there."""

_ESCAPES = {
    "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0", "\b": "\\b", "\f": "\\f", "'": "\\'",
}  # fmt: skip
_INTEGER = re.compile(r"(U?)Int(8|16|32|64|128|256)")
_MOMENT = re.compile(r"DateTime(64)?(?:\((?:\d+)?(?:, )?(?:'(.*)')?\))?")
_WRITTEN_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:.*")
_WRAPPED = re.compile(r"(Nullable|LowCardinality)\((.*)\)", re.DOTALL)


def bind(declared: Mapping[str, str], given: Mapping[str, object]) -> dict[str, str]:
    """Returns the text of each declared parameter's value; raises Refused for missing, unknown and unfit ones."""
    unknown = sorted(set(given) - set(declared))
    if unknown:
        known = ", ".join(sorted(declared)) or "none"
        raise Refused("unknown_parameter", f"the query has no parameter `{unknown[0]}`; it has: {known}")
    missing = sorted(set(declared) - set(given))
    if missing:
        name = missing[0]
        raise Refused("missing_parameter", f"the parameter `{name}` of type {declared[name]} has no value")
    bound = {name: _bound(name, type, given[name]) for name, type in declared.items()}
    if sum(len(quote_plus(value)) for value in bound.values()) > MAX_BYTES:
        raise Refused(
            "parameters_too_long",
            f"the parameters take more than {MAX_BYTES:,} bytes together",
            hint="name the values by a subquery",
        )
    return bound


def _bound(name: str, type: str, value: object) -> str:
    problem = _problem(_inner(type), value)
    if value is None and "Nullable(" not in type:
        problem = "NULL; write Nullable(...) in the query to allow it"
    if problem is not None:
        raise Refused("invalid_parameter", f"the parameter `{name}` is {type} and got {problem}")
    try:
        return _text(_fitted(_inner(type), value))
    except RecursionError:
        raise Refused("invalid_parameter", f"the parameter `{name}` is nested too deeply") from None


def _problem(type: str, value: object) -> str | None:
    """What is wrong with the value, as far as it shows without the engine."""
    integer = _INTEGER.fullmatch(type)
    if integer is not None and value is not None and not isinstance(value, str):
        if isinstance(value, bool) or not isinstance(value, int):
            return repr(value)[:60]
        bits = int(integer[2])
        low, high = (0, 2**bits) if integer[1] else (-(2 ** (bits - 1)), 2 ** (bits - 1))
        if not low <= value < high:
            return f"{value}, which is out of its range"
    if type.startswith(("Array(", "Map(", "Tuple(")) != isinstance(value, (list, tuple, dict)) and value is not None:
        return repr(value)[:60]
    return None


def _fitted(type: str, value: object) -> object:
    """A moment as its type reads it: in the type's time zone, and without the fraction that a DateTime has not."""
    moment = _MOMENT.fullmatch(type)
    if moment is None:
        return value
    if isinstance(value, str) and _WRITTEN_MOMENT.fullmatch(value):
        with suppress(ValueError):
            value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        return value
    if value.tzinfo:
        with suppress(ZoneInfoNotFoundError):
            value = value.astimezone(ZoneInfo(moment[2] or "UTC")).replace(tzinfo=None)
    return value if moment[1] else value.replace(microsecond=0)


def _inner(type: str) -> str:
    while wrapped := _WRAPPED.fullmatch(type):
        type = wrapped[2]
    return type


def _text(value: object) -> str:
    """The value of a parameter as a whole."""
    if value is None:
        return "\\N"
    if isinstance(value, (list, tuple, dict)):
        return _nested(value)
    return _escaped(_plain(value))


def _nested(value: object) -> str:
    """A value within an array, a tuple or a map."""
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return f"[{','.join(map(_nested, value))}]"
    if isinstance(value, tuple):
        return f"({','.join(map(_nested, value))})"
    if isinstance(value, dict):
        return "{" + ",".join(f"{_nested(key)}:{_nested(member)}" for key, member in value.items()) + "}"
    if isinstance(value, (bool, int, float, Decimal)):
        return _plain(value)
    return f"'{_escaped(_plain(value))}'"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "nan" if math.isnan(value) else repr(value)
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return moment.strftime("%Y-%m-%d %H:%M:%S.%f") if moment.microsecond else moment.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, (str, int, Decimal, UUID, date)):
        return str(value)
    raise Refused("invalid_parameter", f"a parameter cannot be a {type(value).__name__}")


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(sign, sign) for sign in text)
