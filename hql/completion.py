"""What could come next in a query: names of tables, columns and functions, from the schema that the api tells."""

import re
from collections.abc import Mapping
from typing import Any

_WORD = re.compile(r"[A-Za-z_]\w*$")
_READS = re.compile(r"\b(?:from|join)\s+([A-Za-z_]\w*)(?:\s+(?:as\s+)?([A-Za-z_]\w*))?", re.IGNORECASE)
_BEFORE_A_TABLE = re.compile(r"\b(?:from|join)\s+\w*$", re.IGNORECASE)
_BEHIND_A_DOT = re.compile(r"([A-Za-z_]\w*)\.\w*$")


def complete(text: str, cursor: int, schema: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Returns the beginning of the word at the cursor, and the names it could become, the likelier ones first."""
    before = text[:cursor]
    found = _WORD.search(before)
    begun = found[0] if found else ""
    names = [name for name in dict.fromkeys(_names(before, text, schema)) if name.lower().startswith(begun.lower())]
    return begun, names


def _names(before: str, text: str, schema: Mapping[str, Any]) -> list[str]:
    columns = {table["name"]: [column["name"] for column in table["columns"]] for table in schema["tables"]}
    if _BEFORE_A_TABLE.search(before):
        return list(columns)
    read = {name: table for table, alias in _READS.findall(text) if table in columns for name in (table, alias)}
    if (dotted := _BEHIND_A_DOT.search(before)) is not None:
        return columns.get(read.get(dotted[1], ""), [])
    near = [column for table in dict.fromkeys(read.values()) for column in columns[table]]
    functions = [name for group in schema["functions"].values() for name in group]
    return [*near, *functions, *columns] if near else [*columns, *functions]
