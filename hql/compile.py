"""From the analyst's text to the text that runs: parse, rules, print, check again.

Pure: it knows no engine and reads no clock. We run what we printed, never what we were given.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import TokenType

from hql.catalog import Catalog
from hql.dialect import parse, print_sql, tokenize
from hql.dialect.parser import TooComplicated
from hql.errors import Refused
from hql.reader import Reader
from hql.recheck import recheck
from hql.rules.bound_rows import bound_rows
from hql.rules.bounded_aggregates import bounded_aggregates
from hql.rules.bounded_patterns import bounded_patterns
from hql.rules.bounded_result import bounded_result
from hql.rules.bounded_steps import MAX_READS, bounded_steps
from hql.rules.known_columns import known_columns
from hql.rules.known_functions import known_functions
from hql.rules.known_nodes import known_nodes
from hql.rules.known_tables import known_tables
from hql.rules.long_constants import long_constants
from hql.rules.named_functions import named_functions
from hql.rules.own_step_names import own_step_names
from hql.rules.plain_membership import plain_membership
from hql.rules.plain_reads import plain_reads
from hql.rules.short_arguments import short_arguments
from hql.rules.totals_last import totals_last
from hql.scope import nodes

Rule = Callable[[exp.Expr, Catalog, Reader], exp.Expr]

RULES: tuple[Rule, ...] = (
    known_nodes,
    known_functions,
    known_tables,
    totals_last,
    plain_membership,
    bounded_steps,
    short_arguments,
    bounded_patterns,
    bounded_aggregates,
    plain_reads,
    known_columns,
    named_functions,
    long_constants,
    own_step_names,
    bound_rows,
    bounded_result,
)
"""What every query goes through, in this order."""

MAX_TEXT = 50_000
MAX_NODES = 10_000
_FIRST_WORDS = frozenset({"SELECT", "WITH", "FROM", "("})
_SCHEMA_WORDS = frozenset({"SHOW", "DESCRIBE", "DESC", "EXISTS"})
_SCHEMA_HINT = "tables and columns are at GET /v1/hql/schema; in Python `wh.tables()` and `wh.describe('requests')`"


@dataclass(frozen=True)
class CompiledQuery:
    """A query ready to run."""

    sql: str
    tables: tuple[str, ...]
    """The stored tables it reads, sorted."""
    parameters: Mapping[str, str]
    """Names and ClickHouse types of its parameters, bound apart from the text."""
    max_rows: int
    """How many rows the answer may have; the text asks for one more."""
    is_volatile: bool
    """Whether the answer changes with the moment, as that of now() does."""


def compile(sql: str, catalog: Catalog, reader: Reader, rules: tuple[Rule, ...] = RULES) -> CompiledQuery:
    """Returns the query as it will run for the reader; raises Refused."""
    tree = _parsed(sql)
    try:
        parts = nodes(tree)
        if len(parts) > MAX_NODES:
            raise Refused("too_complicated", f"the query has more than {MAX_NODES:,} parts", hint="split it")
        parameters = _parameters(parts)
        is_volatile = _is_volatile(parts, catalog)
        for rule in rules:
            tree = rule(tree, catalog, reader)
        printed = print_sql(tree)
        tables = recheck(printed, catalog, reader) if rules is RULES else frozenset()
    except RecursionError:
        raise _too_deep() from None
    return CompiledQuery(printed, tuple(sorted(tables)), parameters, reader.max_rows, is_volatile)


def _parsed(sql: str) -> exp.Expr:
    if len(sql) > MAX_TEXT:
        raise Refused("too_long", f"the query has {len(sql):,} characters; {MAX_TEXT:,} are allowed")
    try:
        tokens = tokenize(sql)
        _check_first_word(tokens)
        _check_selects(tokens)
        statements = [statement for statement in parse(sql, tokens) if statement is not None]
    except RecursionError:
        raise _too_deep() from None
    except TooComplicated:
        raise Refused("too_complicated", "the query takes too long to read", hint="nest it less deeply") from None
    except TokenError as error:
        raise Refused("syntax_error", "a quote or a comment is not closed, or a sign is unknown") from error
    except ParseError as error:
        raise _syntax_error(error, sql) from error
    if len(statements) != 1:
        raise Refused(
            "not_one_select", f"{len(statements)} statements; a query is one SELECT", hint="send them one by one"
        )
    tree = statements[0]
    if not isinstance(tree, exp.Query):
        raise Refused("not_one_select", "only SELECT can be run", hint="write one SELECT", line=1, column=1)
    return tree


def _check_first_word(tokens: list[Any]) -> None:
    if not tokens:
        raise Refused("empty_query", "the query is empty", hint="write for example: select count() from requests")
    first = tokens[0]
    if first.text.upper() not in _FIRST_WORDS:
        raise Refused(
            "not_one_select",
            f"a query is one SELECT; this begins with `{first.text[:30]}`",
            hint=_SCHEMA_HINT if first.text.upper() in _SCHEMA_WORDS else "write one SELECT",
            line=first.line,
            column=max(1, first.col - (first.end - first.start)),
        )


def _check_selects(tokens: list[Any]) -> None:
    """Spares us reading what `bounded_steps` would refuse."""
    count = sum(token.token_type == TokenType.SELECT for token in tokens)
    if count > MAX_READS:
        raise Refused("too_complicated", f"the query has {count:,} SELECTs; {MAX_READS} are allowed", hint="split it")


def _syntax_error(error: ParseError, sql: str) -> Refused:
    found = error.errors[0] if error.errors else {}
    place = str(found.get("highlight") or "")
    message = str(found.get("description") or "the text is not SQL").rstrip(".")
    if message.startswith(("Invalid expression", "Required keyword")):
        message = f"unexpected `{place}`" if place else "the text ends too early"
    line, column = found.get("line"), found.get("col")
    return Refused(
        "syntax_error",
        message,
        hint=_hint(place, sql),
        line=line,
        column=None if column is None else max(1, column - max(0, len(place) - 1)),
    )


def _hint(place: str, sql: str) -> str | None:
    word = place.upper()
    if word == "INTO" or "OUTFILE" in sql.upper():
        return "INTO OUTFILE is not available; the format is a parameter of the request"
    return None


def _too_deep() -> Refused:
    return Refused("too_deep", "the query is nested too deeply", hint="name parts of it with WITH")


def _parameters(parts: list[exp.Expr]) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for part in parts:
        if isinstance(part, exp.Placeholder) and isinstance(part.args.get("kind"), exp.DataType):
            type = print_sql(part.args["kind"]).replace('"', "")
            if parameters.setdefault(part.name, type) != type:
                raise Refused("invalid_parameter", f"the parameter `{part.name}` has two types")
    return parameters


def _is_volatile(parts: list[exp.Expr], catalog: Catalog) -> bool:
    called = (catalog.functions.find(part.name) for part in parts if isinstance(part, exp.Anonymous))
    return any(function is not None and function.volatile for function in called)
