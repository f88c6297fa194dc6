"""Which ClickHouse types Arrow, polars and JSON carry as they are, and what the others become on the way out.

The engine would write a UUID as sixteen bytes, a DateTime as a number and an enum as its number; people want to read
them. Columns of such types are cast by the engine itself; the answer still tells the original type.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(
    r"\s*(?:(?P<word>[\w.]+)|(?P<text>'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)|(?P<sign>[(),=-]))", re.DOTALL
)
_TEXTUAL = frozenset(
    {
        "UUID", "IPv4", "IPv6", "Enum8", "Enum16", "Int128", "Int256", "UInt128", "UInt256", "FixedString", "Dynamic",
        "Variant", "JSON", "Object",
    }
)  # fmt: skip


@dataclass(frozen=True)
class _Type:
    name: str
    members: tuple["_Type | str", ...] = ()
    label: str = ""
    """The name of a tuple's member."""

    def __str__(self) -> str:
        members = f"({', '.join(map(str, self.members))})" if self.members else ""
        return f"{self.label} {self.name}{members}".lstrip()


@lru_cache(1000)
def arrow_type(type: str) -> str:
    """Returns the ClickHouse type to cast to before the rows leave the engine; the same type if none is needed."""
    read, _ = _read(_tokens(type), 0)
    carried = _carried(read)
    return type if carried == read else str(carried)


def is_state(type: str) -> bool:
    """Whether values of the type are states of an aggregate, which nothing but the engine can read."""
    return "AggregateFunction(" in type.replace("SimpleAggregateFunction(", "")


def _carried(type: _Type) -> _Type:
    name, members = type.name, type.members
    if name in _TEXTUAL:
        return _Type("String", label=type.label)
    if name == "DateTime":
        return _Type("DateTime64", ("0", *(members or ("'UTC'",))), type.label)
    if name == "BFloat16":
        return _Type("Float32", label=type.label)
    if name == "Decimal" and int(str(members[0])) > 38:
        return _Type("Float64", label=type.label)
    if name == "SimpleAggregateFunction":
        inner = members[-1]
        return _carried(inner) if isinstance(inner, _Type) else type
    if name in ("Array", "Map", "Tuple", "Nested", "Nullable", "LowCardinality"):
        inner_types = tuple(_carried(member) if isinstance(member, _Type) else member for member in members)
        if name == "LowCardinality" and inner_types != members:
            return inner_types[0] if isinstance(inner_types[0], _Type) else type
        if name == "Nested" and inner_types != members:
            return _Type("Array", (_Type("Tuple", inner_types),), type.label)
        if name == "Nullable" and isinstance(members[0], _Type) and members[0].name in ("Dynamic", "Variant"):
            return _Type("String", label=type.label)
        return _Type(name, inner_types, type.label)
    return type


def _tokens(type: str) -> list[str]:
    return [found[0].strip() for found in _TOKEN.finditer(type)]


def _read(tokens: list[str], at: int) -> tuple[_Type, int]:
    """Reads one type, with its label before it if it has one."""
    label = ""
    following = tokens[at + 1] if at + 1 < len(tokens) else ""
    if following and following not in "(),=":
        label, at = tokens[at], at + 1
    name, at = tokens[at], at + 1
    members: list[_Type | str] = []
    if at < len(tokens) and tokens[at] == "(":
        at += 1
        while tokens[at] != ")":
            member, at = _read_member(tokens, at)
            members.append(member)
            at += tokens[at] == ","
        at += 1
    return _Type(name, tuple(members), label), at


def _read_member(tokens: list[str], at: int) -> tuple["_Type | str", int]:
    if tokens[at][0].isalpha() or tokens[at][0] in "`_":
        return _read(tokens, at)
    text = ""
    while tokens[at] not in (",", ")"):
        text, at = text + tokens[at], at + 1
    return text, at
