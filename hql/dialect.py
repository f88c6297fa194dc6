"""HQL's dialect: ClickHouse SQL as sqlglot reads and prints it, with what it changes on the way put right.

sqlglot translates between dialects, so it gives functions it knows a meaning and prints them in its own spelling. Here
every function stays the call that was written: the printed text means the same, the columns of the answer keep their
names, and the allow-list of functions sees the name the engine will see.
"""

import threading
from collections.abc import Callable
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.clickhouse import ClickHouse
from sqlglot.errors import ErrorLevel
from sqlglot.generators.clickhouse import ClickHouseGenerator
from sqlglot.parsers.clickhouse import ClickHouseParser
from sqlglot.tokenizer_core import TokenType

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


class ChosenColumns(exp.Columns):
    """`columns('pattern')` or `columns(a, b)`: perhaps of one table, without some, with others in their place."""

    arg_types: ClassVar[dict[str, bool]] = {"expressions": True, "table": False, "except_": False, "replace": False}

    @property
    def is_pattern(self) -> bool:
        """Whether it takes the columns whose names fit, not those it lists."""
        return bool(self.expressions) and isinstance(self.expressions[0], exp.Literal)


class BoundedRows(exp.Expression):
    """A SELECT of ours that gives an organization's rows of a table, as text that is printed as it stands."""


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
        _mark_mod(raw_tokens)
        _mark_in(raw_tokens)
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
            _as_word(ordered.this, frozenset({"ALL"}))
        return ordered

    def _parse_column(self) -> exp.Expr | None:
        column = super()._parse_column()
        if isinstance(column, exp.Column) and _is_word(column, FLOAT_WORDS):
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
            _as_word(function.expressions[0], UNITS)
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


_VALUE_ENDS = frozenset(
    {
        TokenType.VAR, TokenType.IDENTIFIER, TokenType.NUMBER, TokenType.STRING, TokenType.R_PAREN,
        TokenType.R_BRACKET, TokenType.END,
    }
)  # fmt: skip
_VALUE_BEGINS = frozenset(
    {
        TokenType.VAR, TokenType.IDENTIFIER, TokenType.NUMBER, TokenType.STRING, TokenType.L_PAREN,
        TokenType.L_BRACKET, TokenType.DASH, TokenType.CASE,
    }
)  # fmt: skip


def _mark_mod(tokens: list[Any]) -> None:
    """Makes the word MOD between two values the operator that `%` is."""
    for index in range(1, len(tokens) - 1):
        token = tokens[index]
        if (
            token.token_type == TokenType.VAR
            and token.text.upper() == "MOD"
            and tokens[index - 1].token_type in _VALUE_ENDS
            and tokens[index + 1].token_type in _VALUE_BEGINS
        ):
            token.token_type = TokenType.MOD


_BEFORE_CALLS = frozenset(
    {
        TokenType.SELECT, TokenType.DISTINCT, TokenType.COMMA, TokenType.L_PAREN, TokenType.WHERE, TokenType.PREWHERE,
        TokenType.AND, TokenType.OR, TokenType.HAVING, TokenType.WHEN, TokenType.THEN, TokenType.ELSE, TokenType.ON,
    }
)  # fmt: skip
"""After these no value stands that an operator could follow."""


def _mark_in(tokens: list[Any]) -> None:
    """Makes the word IN a name where it is called: `in(x, (1, 2))`."""
    for index in range(1, len(tokens) - 1):
        token = tokens[index]
        if token.token_type == TokenType.IN and tokens[index + 1].token_type == TokenType.L_PAREN:
            before = tokens[index - 2 if tokens[index - 1].token_type == TokenType.NOT else index - 1]
            if before.token_type in _BEFORE_CALLS:
                token.token_type = TokenType.VAR


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


def _as_word(expression: exp.Expr, words: frozenset[str]) -> None:
    if isinstance(expression, exp.Column) and _is_word(expression, words):
        expression.replace(exp.var(expression.name))


def _is_word(column: exp.Column, words: frozenset[str]) -> bool:
    name = column.this
    return (
        isinstance(name, exp.Identifier)
        and not name.args.get("quoted")
        and len(column.parts) == 1
        and (name.name.upper() in words)
    )


def _is_plain(expression: exp.Expr) -> bool:
    """Whether the text of the expression can hold no ` IN ` of its own."""
    return isinstance(expression, exp.Column) and all(" " not in part.name for part in expression.parts)
