"""Prints what the parser has read."""

from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.generators.clickhouse import ClickHouseGenerator

from hql.dialect.nodes import BoundedRows, ChosenColumns


class HqlGenerator(ClickHouseGenerator):
    """Prints what `HqlParser` read."""

    CAN_IMPLEMENT_ARRAY_ANY = False
    TYPE_MAPPING: ClassVar[dict[Any, str]] = {**ClickHouseGenerator.TYPE_MAPPING, exp.DType.DATE: "Date"}
    TRANSFORMS: ClassVar[dict[Any, Any]] = {
        **ClickHouseGenerator.TRANSFORMS,
        BoundedRows: lambda self, expression: expression.name,
        ChosenColumns: lambda self, expression: self.chosencolumns_sql(expression),
    }

    def tuple_sql(self, expression: exp.Tuple) -> str:
        # `(a)` would be the value itself.
        if len(expression.expressions) == 1 and not isinstance(expression.parent, exp.Distinct):
            return f"tuple({self.sql(expression.expressions[0])})"
        return super().tuple_sql(expression)

    def chosencolumns_sql(self, expression: ChosenColumns) -> str:
        table = self.sql(expression, "table")
        text = f"{table + '.' if table else ''}COLUMNS({self.expressions(expression, flat=True)})"
        for word, key in (("EXCEPT", "except_"), ("REPLACE", "replace")):
            if changed := self.expressions(expression, key=key, flat=True):
                text = f"{text} {word} ({changed})"
        return text

    def intdiv_sql(self, expression: exp.IntDiv) -> str:
        return self.func("intDiv", expression.this, expression.expression)

    def not_sql(self, expression: exp.Not) -> str:
        # The usual spelling also keeps the name of the answer's column.
        inner = expression.this
        if isinstance(inner, exp.In) and not inner.args.get("is_global"):
            if _is_plain(inner.this):
                return self.in_sql(inner).replace(" IN ", " NOT IN ", 1)
            return f"NOT ({self.sql(inner)})"
        if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null):
            return f"{self.sql(inner, 'this')} IS NOT NULL"
        return super().not_sql(expression)

    def offset_limit_modifiers(
        self, expression: exp.Expr, fetch: bool, limit: exp.Fetch | exp.Limit | None
    ) -> list[str]:
        return [self.sql(expression, "limit_by"), *super().offset_limit_modifiers(expression, fetch, limit)]


def _is_plain(expression: exp.Expr) -> bool:
    """Whether the text of the expression can hold no ` IN ` of its own."""
    return isinstance(expression, exp.Column) and all(" " not in part.name for part in expression.parts)
