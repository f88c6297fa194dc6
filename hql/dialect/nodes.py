"""Parts of a query for which sqlglot has none."""

from typing import ClassVar

from sqlglot import exp


class ChosenColumns(exp.Columns):
    """`columns('pattern')` or `columns(a, b)`: perhaps of one table, without some, with others in their place."""

    arg_types: ClassVar[dict[str, bool]] = {"expressions": True, "table": False, "except_": False, "replace": False}

    @property
    def is_pattern(self) -> bool:
        """Whether it takes the columns whose names fit, not those it lists."""
        return bool(self.expressions) and isinstance(self.expressions[0], exp.Literal)


class BoundedRows(exp.Expression):
    """A SELECT of ours that gives an organization's rows of a table, as text that is printed as it stands."""
