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

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class

from hql.chart import NoChart, draw
from hql.client import HqlError, Warehouse, connect
from hql.completion import complete

_PARAMETER = re.compile(r"\{\s*([A-Za-z_]\w*)\s*:\s*[A-Za-z]")
_VALUES = {"--fresh": 0, "--explain": 0, "--chart": 3}
"""How many values follow an option, where it is not one."""
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
    options.add_argument("--chart", nargs=3, metavar=("KIND", "X", "Y"), help="draw a line, bar, area or scatter chart")
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
        self._schema: dict[str, Any] | None = None

    @line_cell_magic
    def hql(self, line: str, cell: str | None = None) -> Any:
        """Runs a query; options: -o NAME, --fresh, --explain, --chart KIND X Y, --limit N, --max-age SECONDS."""
        try:
            options, text = _read(line, cell)
            values = _values(text, self._variables)
            if options.explain:
                return self._connected().explain(text, **values)
            frame = self._connected().sql(
                text, fresh=options.fresh, limit=options.limit, max_age=options.max_age, **values
            )
            sys.stdout.write(f"{self._connected().last}\n")
            if options.output:
                self._variables[options.output] = frame
            if options.chart:
                return draw(frame, *options.chart)
            return None if options.output else frame
        except (HqlError, UsageError, NoChart) as error:
            sys.stderr.write(f"{error}\n")
            return None

    def completions(self, text: str, cursor: int) -> tuple[str, list[str]]:
        """Returns the beginning of the word at the cursor and what it could become; nothing while the api is away."""
        if self._schema is None:
            try:
                self._schema = self._connected().schema()
            except HqlError:
                return "", []
        return complete(text, cursor, self._schema)

    def _connected(self) -> Warehouse:
        if self._warehouse is None:
            self._warehouse = connect()
        return self._warehouse


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Registers the magics and the completion; connects at the first query or completion."""
    register(shell, HqlMagics(shell))


def register(shell: InteractiveShell, magics: HqlMagics) -> None:
    """Makes the magics known to the shell, and completes names in their queries."""

    @context_matcher()  # type: ignore[untyped-decorator]
    def hql_matcher(context: CompletionContext) -> SimpleMatcherResult:
        lines = context.full_text.split("\n")
        line = lines[context.cursor_line]
        if not (lines[0].lstrip().startswith("%%hql") and context.cursor_line) and not line.lstrip().startswith("%hql"):
            return SimpleMatcherResult(completions=[])
        cursor = sum(len(each) + 1 for each in lines[: context.cursor_line]) + context.cursor_position
        begun, names = magics.completions(context.full_text, cursor)
        completions = [SimpleCompletion(text=name, type="hql") for name in names]
        return SimpleMatcherResult(completions=completions, matched_fragment=begun, ordered=True, suppress=True)

    shell.register_magics(magics)
    if shell.Completer is not None:
        shell.Completer.custom_matchers.append(hql_matcher)


def _read(line: str, cell: str | None) -> tuple[Any, str]:
    if cell is not None:
        return _options().parse_args(shlex.split(line)), cell
    # In a line the query begins where the options end; quotes of the query stay as they are.
    words = line.split(None)
    taken: list[str] = []
    while words and words[0].startswith("-"):
        option = words.pop(0)
        taken.append(option)
        count = 0 if "=" in option else _VALUES.get(option, 1)
        taken += words[:count]
        words = words[count:]
    return _options().parse_args(taken), line.split(None, len(taken))[-1] if words else ""


def _values(text: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook's variables that the query names as parameters."""
    named = set(_PARAMETER.findall(_QUOTED.sub("", text)))
    missing = sorted(name for name in named if name not in variables)
    if missing:
        raise UsageError(f"the query needs the variable `{missing[0]}`; set it in the notebook first")
    return {name: variables[name] for name in named}
