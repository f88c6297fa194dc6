"""Queries in notebook cells: `%load_ext hql`, then `%%hql -o df` over a query, or `%hql select ...` in a line.

Notebook variables are the values of the query's typed parameters: `{days:UInt8}` takes the variable `days`. They travel
apart from the text.
"""

import re
import shlex
import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any, NoReturn

import polars as pl
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class

from hql.client import HqlError, Warehouse, connect

_PARAMETER = re.compile(r"\{\s*([A-Za-z_]\w*)\s*:\s*[A-Za-z]")
_FLAGS = frozenset({"--fresh", "--explain"})
"""Options that no value follows."""
_QUOTED = re.compile(r"'(?:[^'\\]|\\.|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)


class UsageError(Exception):
    """The options of the magic cannot be understood."""


class _Options(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def _options() -> _Options:
    options = _Options(prog="%%hql", add_help=False)
    options.add_argument("-o", "--output", help="the variable that takes the frame, which is then not shown")
    options.add_argument("--fresh", action="store_true", help="ignore the cache")
    options.add_argument("--explain", action="store_true", help="say what the query would read, and do not run it")
    options.add_argument("--limit", type=int, help="most rows to get")
    options.add_argument("--max-age", type=float, help="accept an answer that many seconds old")
    return options


@magics_class
class HqlMagics(Magics):
    """`%hql` and `%%hql`."""

    def __init__(self, shell: InteractiveShell, warehouse: Warehouse | None = None) -> None:
        super().__init__(shell)
        self._variables: dict[str, Any] = shell.user_ns
        self._warehouse = warehouse

    @line_cell_magic
    def hql(self, line: str, cell: str | None = None) -> pl.DataFrame | None:
        """Runs a query; options: -o NAME, --fresh, --explain, --limit N, --max-age SECONDS."""
        try:
            options, text = _read(line, cell)
            values = _values(text, self._variables)
            if options.explain:
                return self._connected().explain(text, **values)
            frame = self._connected().sql(
                text, fresh=options.fresh, limit=options.limit, max_age=options.max_age, **values
            )
        except (HqlError, UsageError) as error:
            sys.stderr.write(f"{error}\n")
            return None
        sys.stdout.write(f"{self._connected().last}\n")
        if options.output:
            self._variables[options.output] = frame
            return None
        return frame

    def _connected(self) -> Warehouse:
        if self._warehouse is None:
            self._warehouse = connect()
        return self._warehouse


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Registers the magics; connects at the first query."""
    shell.register_magics(HqlMagics(shell))


def _read(line: str, cell: str | None) -> tuple[Any, str]:
    if cell is not None:
        return _options().parse_args(shlex.split(line)), cell
    # In a line the query begins where the options end; quotes of the query stay as they are.
    words = line.split(None)
    taken: list[str] = []
    while words and words[0].startswith("-"):
        option = words.pop(0)
        taken.append(option)
        if option not in _FLAGS and "=" not in option and words:
            taken.append(words.pop(0))
    start = line.find(words[0]) if words else len(line)
    return _options().parse_args(taken), line[start:]


def _values(text: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook's variables that the query names as parameters."""
    named = set(_PARAMETER.findall(_QUOTED.sub("", text)))
    missing = sorted(name for name in named if name not in variables)
    if missing:
        raise UsageError(f"the query needs the variable `{missing[0]}`; set it in the notebook first")
    return {name: variables[name] for name in named}
