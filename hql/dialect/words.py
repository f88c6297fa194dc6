"""Bare words that are no columns: units of intervals, and numbers that look like names."""

from sqlglot import exp

UNITS = frozenset(
    f"{unit}{plural}"
    for unit in (
        "NANOSECOND", "MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER",
        "YEAR",
    )
    for plural in ("", "S")
)  # fmt: skip
"""What an interval is counted in."""

FLOAT_WORDS = frozenset({"INF", "NAN", "INFINITY"})
"""Numbers that look like names."""


def as_word(expression: exp.Expr, words: frozenset[str]) -> None:
    """Puts a word where a column was read, if it is one of the words."""
    if isinstance(expression, exp.Column) and is_word(expression, words):
        expression.replace(exp.var(expression.name))


def is_word(column: exp.Column, words: frozenset[str]) -> bool:
    """Whether what was read as a column is one of the words: by itself, and without quotes."""
    name = column.this
    return (
        isinstance(name, exp.Identifier)
        and not name.args.get("quoted")
        and len(column.parts) == 1
        and (name.name.upper() in words)
    )
