"""Reads ClickHouse SQL into a tree in which every function is the call that was written."""

from collections.abc import Callable
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.parsers.clickhouse import ClickHouseParser
from sqlglot.tokenizer_core import TokenType

from hql.dialect.nodes import ChosenColumns
from hql.dialect.tokens import mark_in, mark_mod
from hql.dialect.words import FLOAT_WORDS, UNITS, as_word, is_word

_UNIT_FIRST = frozenset(
    {
        "datediff", "date_diff", "timestampdiff", "timestamp_diff", "dateadd", "date_add", "datesub", "date_sub",
        "timestampadd", "timestamp_add", "timestampsub", "timestamp_sub",
    }
)  # fmt: skip
"""Functions whose first argument may be a unit written as a bare word."""

_STEPS_PER_TOKEN = 60
"""How often the parser may look at each token: a few texts send it back and forth, doubling with every level."""

# What the parser would otherwise ask a dozen of its levels about, for every value and every table.
_PLAIN_VALUES = frozenset({TokenType.IDENTIFIER, TokenType.VAR, TokenType.NUMBER, TokenType.STRING})
_AFTER_VALUES = frozenset(
    {TokenType.COMMA, TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.ALIAS, TokenType.FROM, TokenType.LIMIT}
)
_AFTER_TABLES = frozenset(
    {
        TokenType.R_PAREN, TokenType.ALIAS, TokenType.PREWHERE, TokenType.WHERE, TokenType.GROUP_BY, TokenType.ORDER_BY,
        TokenType.LIMIT, TokenType.ON, TokenType.USING,
    }
)  # fmt: skip

_MEMBERSHIPS = {"in": False, "notIn": True, "globalIn": False, "globalNotIn": True}
"""Functions that are spellings of IN, and whether they are of NOT IN."""


class TooComplicated(Exception):
    """Reading the text takes too long."""


class HqlParser(ClickHouseParser):
    """Reads ClickHouse SQL; functions stay as they are written."""

    FUNCTIONS: ClassVar[dict[str, Callable[..., Any]]] = {}
    NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {}
    NO_PAREN_FUNCTION_PARSERS = {"CASE": lambda self: self._parse_case()}
    FUNCTION_PARSERS = {
        "CAST": lambda self: self._parse_cast(strict=True),
        "COLUMNS": lambda self: self._parse_columns(),
        "EXTRACT": lambda self: self._parse_extract(),
        "SUBSTRING": lambda self: self._parse_substring_call(),
        "TRIM": lambda self: self._parse_trim_call(),
    }
    QUERY_MODIFIER_PARSERS = {
        **ClickHouseParser.QUERY_MODIFIER_PARSERS,
        TokenType.LIMIT: lambda self: self._parse_limit_clause(),
    }

    def parse(self, raw_tokens: list[Any], sql: str = "") -> list[exp.Expr | None]:
        mark_mod(raw_tokens)
        mark_in(raw_tokens)
        return super().parse(raw_tokens, sql)

    def reset(self) -> None:
        super().reset()
        self._steps = 0

    def _advance(self, times: int = 1) -> None:
        self._steps += 1
        if self._steps > _STEPS_PER_TOKEN * (self._tokens_size + 50):
            raise TooComplicated
        super()._advance(times)

    def _parse_types(self, check_func: bool = False, *args: Any, **kwargs: Any) -> exp.Expr | None:
        # `tuple(...)` in an expression is a call: trying it as a type first would read it twice at every level.
        if check_func and self._next.token_type == TokenType.L_PAREN:
            return None
        return super()._parse_types(check_func, *args, **kwargs)

    def _parse_struct_types(self, type_required: bool = False) -> exp.Expr | None:
        # The members of a Tuple are types, or names with types.
        if self._next.token_type in (TokenType.COMMA, TokenType.R_PAREN, TokenType.L_PAREN):
            return self._parse_types()
        name = self._parse_id_var(any_token=True)
        return self.expression(exp.ColumnDef(this=name, kind=self._parse_types()))

    def _parse_ordered(self, *args: Any, **kwargs: Any) -> exp.Ordered | None:
        ordered = super()._parse_ordered(*args, **kwargs)
        if ordered is not None:
            as_word(ordered.this, frozenset({"ALL"}))
        return ordered

    def _parse_column(self) -> exp.Expr | None:
        column = super()._parse_column()
        if isinstance(column, exp.Column) and is_word(column, FLOAT_WORDS):
            return exp.var(column.name)
        return column

    def _parse_equality(self, *args: Any, **kwargs: Any) -> exp.Expr | None:
        # `x = ANY (select ...)` is another spelling of `x IN (select ...)`.
        this = super()._parse_equality(*args, **kwargs)
        if isinstance(this, exp.EQ) and isinstance(this.expression, exp.Any):
            query = this.expression.this
            if isinstance(query, exp.Select):
                query = exp.Subquery(this=query)
            if isinstance(query, exp.Subquery):
                return self.expression(exp.In(this=this.this, query=query))
        return this

    def _parse_join(self, *args: Any, **kwargs: Any) -> exp.Join | None:
        if self._curr.token_type in _AFTER_TABLES:
            return None
        # `ANY INNER JOIN` and `INNER ANY JOIN` are one thing.
        join = super()._parse_join(*args, **kwargs)
        if join is not None and join.kind == "INNER" and join.side in ("ANY", "ALL"):
            join.set("kind", join.side)
            join.set("side", "INNER")
        return join

    def _parse_cte(self) -> exp.CTE | exp.FunctionSpecification | None:
        # `WITH x -> x * 2 AS double` names a function.
        if not self._is_at_lambda():
            return super()._parse_cte()
        function = self._parse_lambda()
        return self.expression(exp.CTE(this=function, alias=self._parse_table_alias(), scalar=True))

    def _is_at_lambda(self) -> bool:
        index = self._index
        if self._curr.token_type == TokenType.L_PAREN:
            index = next((at for at in range(index, self._tokens_size) if self._tokens[at].text == ")"), index)
        return index + 1 < self._tokens_size and self._tokens[index + 1].token_type == TokenType.ARROW

    def _parse_columns(self) -> exp.Expr:
        return self.expression(ChosenColumns(expressions=self._parse_csv(self._parse_lambda)))

    def _parse_column_ops(self, this: exp.Expr | None) -> exp.Expr | None:
        # `r.columns('pattern')` are columns of one table.
        whole = super()._parse_column_ops(this)
        if isinstance(whole, exp.Dot) and isinstance(whole.this, exp.Identifier):
            call = whole.expression
            if isinstance(call, exp.Anonymous) and call.name.upper() == "COLUMNS":
                table = exp.to_identifier(whole.this.name, quoted=True)
                return self._changed(ChosenColumns(expressions=call.expressions, table=table))
        return whole

    def _changed(self, columns: ChosenColumns) -> exp.Expr:
        if self._next.token_type != TokenType.SELECT:
            columns.set("except_", self._parse_star_op("EXCEPT"))
        columns.set("replace", self._parse_star_op("REPLACE"))
        return self.expression(columns)

    def _parse_expression(self) -> exp.Expr | None:
        # What is applied to columns is a function's name or a lambda.
        this = super(ClickHouseParser, self)._parse_expression()
        while self._match_pair(TokenType.APPLY, TokenType.L_PAREN):
            applied = self._parse_lambda() if self._is_at_lambda() else self._parse_var(any_token=True)
            this = self.expression(exp.Apply(this=this, expression=applied))
            self._match_r_paren()
        return this

    def _parse_function(self, *args: Any, **kwargs: Any) -> exp.Expr | None:
        # Aggregates that sqlglot does not know take parameters too: `groupArraySorted(3)(x)`.
        call = super()._parse_function(*args, **kwargs)
        if isinstance(call, ChosenColumns):
            return self._changed(call)
        if isinstance(call, exp.Anonymous) and call.name in _MEMBERSHIPS and len(call.expressions) == 2:
            return self.expression(_membership(call))
        if isinstance(call, exp.Anonymous) and self._match(TokenType.L_PAREN, advance=False):
            parameters = self._parse_func_params(call)
            whole = exp.ParameterizedAgg(this=call.this, expressions=call.expressions, params=parameters)
            whole.meta.update(call.meta)
            return self._parse_window(self.expression(whole))
        return call

    def _parse_function_call(self, *args: Any, **kwargs: Any) -> exp.Expr | None:
        call = super()._parse_function_call(*args, **kwargs)
        function = call.this if isinstance(call, exp.Window) else call
        if isinstance(function, exp.Anonymous) and function.name.lower() in _UNIT_FIRST and function.expressions:
            as_word(function.expressions[0], UNITS)
        return call

    def _parse_assignment(self) -> exp.Expr | None:
        # Most values stand alone: there is no operator that each level of precedence could look for.
        if self._next.token_type in _AFTER_VALUES and self._curr.token_type in _PLAIN_VALUES:
            return self._parse_type()
        # `a ? b : c` is the call if(a, b, c), also in the name of the column.
        this = super()._parse_assignment()
        if isinstance(this, exp.If):
            arguments = [this.this, this.args["true"], this.args.get("false")]
            return self.expression(exp.Anonymous(this="if", expressions=[part for part in arguments if part]))
        return this

    def _parse_interval_span(self, this: exp.Expr, parse_function_unit: bool = True) -> exp.Interval:
        span = super()._parse_interval_span(this, parse_function_unit=False)
        if this is not None and this.is_number:
            span.set("this", this)
        return span

    def _parse_query_parameter(self) -> exp.Expr | None:
        name = self._curr
        parameter = super()._parse_query_parameter()
        return parameter.update_positions(name) if parameter is not None else None

    def _parse_limit_clause(self) -> tuple[str, exp.Expr | None]:
        # A query may have both `LIMIT n BY x` and `LIMIT m`.
        limit = self._parse_limit()
        if isinstance(limit, exp.Limit) and not limit.expressions and self._match(TokenType.OFFSET, advance=False):
            index = self._index
            self._advance()
            offset = self._parse_term()
            if by := self._parse_limit_by():
                limit.set("offset", offset)
                limit.set("expressions", by)
            else:
                self._retreat(index)
        return ("limit_by" if limit and limit.expressions else "limit"), limit

    def _parse_trim_call(self) -> exp.Expr | None:
        if self._curr.text.upper() in self.TRIM_TYPES:
            return self._parse_trim()
        return self._parse_plain_call()

    def _parse_substring_call(self) -> exp.Expr | None:
        """Reads SUBSTRING(a FROM 1 FOR 2), or a plain call."""
        depth, index = 1, self._index
        while depth and index < len(self._tokens):
            token = self._tokens[index].token_type
            if token == TokenType.FROM and depth == 1:
                return self._parse_substring()
            depth += (token == TokenType.L_PAREN) - (token == TokenType.R_PAREN)
            index += 1
        return self._parse_plain_call()

    def _parse_plain_call(self) -> exp.Expr | None:
        name = self._tokens[self._index - 2]
        call = exp.Anonymous(this=name.text, expressions=self._parse_function_args())
        return self.expression(call).update_positions(name)


def _membership(call: exp.Anonymous) -> exp.Expr:
    """The operator that the call is another spelling of."""
    value, of = call.expressions
    if isinstance(of, (exp.Tuple, exp.Array)):
        membership = exp.In(this=value, expressions=of.expressions)
    elif isinstance(of, exp.Paren):
        membership = exp.In(this=value, expressions=[of.this])
    elif isinstance(of, exp.Subquery):
        membership = exp.In(this=value, query=of)
    else:
        membership = exp.In(this=value, field=of)
    membership.set("is_global", call.name.startswith("global"))
    return exp.Not(this=membership) if _MEMBERSHIPS[call.name] else membership
