"""What a statement is, as far as the server must know: its verb, its format, and where data given with it begins."""

from collections.abc import Iterator
from dataclasses import dataclass

from warehouse.embedded.errors import refusal
from warehouse.embedded.tokens import Token, tokens

_SELECT_VERBS = frozenset({"SELECT", "WITH", "(", "FROM"})
_RESULT_VERBS = _SELECT_VERBS | {"SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS", "CHECK", "KILL"}
_ROW_VERBS = frozenset({"SELECT", "WITH", "FROM", "EXPLAIN", "WATCH"})
_BEFORE_THE_TABLE = frozenset({"INTO", "TABLE", "FUNCTION"})


@dataclass(frozen=True)
class Statement:
    """One statement of a request."""

    sql: bytes
    """The text to run; for an INSERT with data what stands before its FORMAT or VALUES."""
    verb: str
    format: str | None = None
    """The format the text asks for, or that its data have."""
    data_at: int | None = None
    """Offset of the first byte of data; None if the statement brings none."""
    settings_at: int | None = None
    """For an INSERT with data: offset of its SETTINGS, before which stands where the data are; None without any."""
    query: bytes = b""
    """A query without its FORMAT."""

    @property
    def has_result(self) -> bool:
        return self.verb in _RESULT_VERBS

    @property
    def is_select(self) -> bool:
        return self.verb in _SELECT_VERBS


def read_statement(text: bytes) -> Statement:
    """Reads the one statement of the text; raises EngineError if there is none or a second one."""
    code = _code(text)
    first = next(code, None)
    if first is None or first.text == ";":
        raise refusal(62, "SYNTAX_ERROR", "Syntax error: the query is empty.")
    verb = "INSERT" if first.upper == "WITH" and _leads_to_insert(code) else first.upper
    if verb == "INSERT" and (statement := _insert_with_data(text, code)) is not None:
        return statement
    every = list(_code(text))
    sql = _the_only_one(text, every)
    format = _result_format(every)
    if format is None:
        return Statement(sql, verb, query=sql)
    word, name = format
    return Statement(sql, verb, name.text, query=text[: word.start] + sql[name.end :])


def split_statements(text: bytes) -> list[bytes]:
    """Cuts a script at the semicolons between its statements; comments stay with the statement they precede."""
    statements: list[bytes] = []
    start, has_code = 0, False
    for token in tokens(text):
        if token.text == ";":
            if has_code:
                statements.append(text[start : token.start].strip())
            start, has_code = token.end, False
        elif token.kind != "comment":
            has_code = True
    if has_code:
        statements.append(text[start:].strip())
    return statements


def _code(text: bytes) -> Iterator[Token]:
    return (token for token in tokens(text) if token.kind != "comment")


def _leads_to_insert(code: Iterator[Token]) -> bool:
    """Whether what a WITH defines is for an INSERT; leaves the tokens behind its INTO to be read."""
    depth, before = 0, ""
    for token in code:
        if token.kind == "sign":
            depth += {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}.get(token.text, 0)
        elif depth == 0 and token.kind == "word" and before != "AS":
            if token.upper == "SELECT":
                return False
            if token.upper == "INTO" and before == "INSERT":
                return True
        before = token.upper
    return False


def _insert_with_data(text: bytes, code: Iterator[Token]) -> Statement | None:
    """The INSERT if data follow it in the text; None if it takes its rows from a query."""
    depth, names_the_table = 0, True
    settings_at: int | None = None
    for token in code:
        if token.kind == "sign":
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            names_the_table = names_the_table or (depth == 0 and token.text == ".")
        elif depth == 0 and names_the_table:
            names_the_table = token.kind == "word" and token.upper in _BEFORE_THE_TABLE
        elif depth == 0 and token.kind == "word":
            if token.upper == "VALUES":
                return Statement(text[: token.start], "INSERT", "Values", token.end, settings_at)
            if token.upper == "FORMAT" and (name := next(code, None)) is not None:
                data_at = _start_of_data(text, name.end)
                return Statement(text[: token.start], "INSERT", name.text, data_at, settings_at)
            if token.upper == "SETTINGS":
                settings_at = token.start
            if token.upper in _ROW_VERBS:
                return None
    return None


def _start_of_data(text: bytes, position: int) -> int:
    """Data begin after one line break if there is one, otherwise after the blanks that follow the format's name."""
    position = _skip(text, position, b" \t\f")
    if text[position : position + 1] == b";":
        position = _skip(text, position + 1, b" \t\f")
    if text[position : position + 2] == b"\r\n":
        return position + 2
    return position + 1 if text[position : position + 1] == b"\n" else position


def _skip(text: bytes, position: int, blanks: bytes) -> int:
    while position < len(text) and text[position] in blanks:
        position += 1
    return position


def _the_only_one(text: bytes, code: list[Token]) -> bytes:
    """The text up to the semicolon that may end it."""
    for index, token in enumerate(code):
        if token.text == ";":
            if any(later.text != ";" for later in code[index:]):
                raise refusal(62, "SYNTAX_ERROR", "Syntax error: Multi-statements are not allowed.")
            return text[: token.start]
    return text


def _result_format(code: list[Token]) -> tuple[Token, Token] | None:
    """The FORMAT that ends a query, and the name after it."""
    while code and code[-1].text == ";":
        code = code[:-1]
    for index in range(len(code) - 2, -1, -1):
        if code[index].kind == "word" and code[index].upper == "FORMAT" and code[index + 1].kind == "word":
            is_last = index + 2 == len(code) or code[index + 2].upper == "SETTINGS"
            return (code[index], code[index + 1]) if is_last else None
    return None
