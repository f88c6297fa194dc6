"""Refuses what the engine lets a read-only connection do to the machine it runs on.

The engine's own parser says what kind of statement it is; what it calls harmless and is not (`file()` reads any file
of the host, `Python()` its variables) is refused by name. This is the defence of one machine and one trust domain:
people's queries are compiled by HQL before they come here.
"""

from collections.abc import Mapping

from warehouse.embedded.errors import refusal
from warehouse.embedded.statement import Statement
from warehouse.embedded.tokens import tokens

READ_ONLY_CLASS = "READ_ONLY"
UNREADABLE_CLASS = "UNKNOWN"

_VERBS = frozenset({"SELECT", "WITH", "(", "FROM", "EXPLAIN", "DESCRIBE", "DESC", "SHOW", "EXISTS"})
_HOST_FUNCTIONS = frozenset({"file", "python"})


def check_method_may_run(method: str, classified: Mapping[str, object]) -> None:
    """Over GET only reads may run, as on a ClickHouse server."""
    if method != "POST" and str(classified["query_class"]) != READ_ONLY_CLASS:
        message = "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly."
        raise refusal(164, "READONLY", message)


def check_reader_may_run(statement: Statement, classified: Mapping[str, object]) -> None:
    """Raises EngineError unless the statement is one read that stays inside the warehouse."""
    if str(classified["query_class"]) == UNREADABLE_CLASS and statement.verb in _VERBS:
        raise refusal(62, "SYNTAX_ERROR", "Syntax error: the query cannot be parsed.")
    if statement.verb not in _VERBS or str(classified["query_class"]) != READ_ONLY_CLASS:
        raise refusal(164, "READONLY", "reader: only SELECT, EXPLAIN, DESCRIBE, SHOW and EXISTS may run here.")
    if classified["statement_count"] != 1:
        raise refusal(62, "SYNTAX_ERROR", "Syntax error: Multi-statements are not allowed.")
    for token in tokens(statement.sql):
        if token.kind in ("word", "quoted") and token.name in _HOST_FUNCTIONS:
            raise refusal(497, "ACCESS_DENIED", f"reader: `{token.name}` reaches outside the warehouse.")
