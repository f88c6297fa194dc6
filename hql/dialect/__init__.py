"""HQL's dialect: ClickHouse SQL as sqlglot reads and prints it, with what it changes on the way put right.

sqlglot translates between dialects, so it gives functions it knows a meaning and prints them in its own spelling. Here
every function stays the call that was written: the printed text means the same, the columns of the answer keep their
names, and the allow-list of functions sees the name the engine will see.
"""

import threading
from typing import Any

from sqlglot import exp
from sqlglot.dialects.clickhouse import ClickHouse
from sqlglot.errors import ErrorLevel

from hql.dialect.generator import HqlGenerator
from hql.dialect.parser import HqlParser


class Hql(ClickHouse):
    """ClickHouse as HQL prints it."""

    # An index stays as it is written: counting it from 0 and back would look at all before it, once for every bracket.
    INDEX_OFFSET = 0
    Parser = HqlParser
    Generator = HqlGenerator


class ReadHql(Hql):
    """ClickHouse as HQL reads it: a plain UNION removes duplicates, as in other databases."""

    SET_OP_DISTINCT_BY_DEFAULT = {**ClickHouse.SET_OP_DISTINCT_BY_DEFAULT, exp.Union: True}


_READER, _PRINTER = ReadHql(), Hql()


class _Tools(threading.local):
    """What has state while it works, and takes a while to make: one for each thread."""

    def __init__(self) -> None:
        self.tokenizer = _READER.tokenizer()
        self.generator = _PRINTER.generator(identify=True, comments=False, unsupported_level=ErrorLevel.RAISE)


_TOOLS = _Tools()


def tokenize(text: str) -> list[Any]:
    """Returns the tokens of a text; raises sqlglot's TokenError."""
    return list(_TOOLS.tokenizer.tokenize(text))


def parse(text: str, tokens: list[Any] | None = None) -> list[exp.Expr | None]:
    """Returns the statements of a text, whose tokens may be known; raises sqlglot's ParseError or TokenError."""
    parser = _READER.parser(error_level=ErrorLevel.IMMEDIATE)
    return list(parser.parse(tokenize(text) if tokens is None else tokens, text))


def print_sql(tree: exp.Expr) -> str:
    """Returns the tree as SQL: every identifier quoted, no comments."""
    return str(_TOOLS.generator.generate(tree, copy=False))
