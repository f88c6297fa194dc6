"""Words whose meaning the words around them tell, settled before the parser sees them."""

from typing import Any

from sqlglot.tokenizer_core import TokenType

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


def mark_mod(tokens: list[Any]) -> None:
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


def mark_in(tokens: list[Any]) -> None:
    """Makes the word IN a name where it is called: `in(x, (1, 2))`."""
    for index in range(1, len(tokens) - 1):
        token = tokens[index]
        if token.token_type == TokenType.IN and tokens[index + 1].token_type == TokenType.L_PAREN:
            before = tokens[index - 2 if tokens[index - 1].token_type == TokenType.NOT else index - 1]
            if before.token_type in _BEFORE_CALLS:
                token.token_type = TokenType.VAR
