"""Makes KILL QUERY know queries by the ids that their clients gave them.

The engine numbers its queries itself; a client's id ends the setting `log_comment` (`identity.py`). Only comparisons
of `query_id` with given values are widened, so that what a condition excludes stays excluded.
"""

from warehouse.embedded.tokens import Token, tokens

_CLIENTS_ID = b"splitByChar(' ', Settings['log_comment'])[-1]"


def by_clients_id(sql: bytes) -> bytes:
    """The KILL QUERY with `query_id = 'x'` and `query_id in ('x', 'y')` true for a client's id as well."""
    code = [token for token in tokens(sql) if token.kind != "comment"]
    pieces, copied = [], 0
    for index, token in enumerate(code):
        end = _end_of_comparison(code, index) if _is_query_id(token) else None
        if end is not None:
            values = sql[token.end : end]
            pieces += [sql[copied : token.start], b"(query_id", values, b" or ", _CLIENTS_ID, values, b")"]
            copied = end
    return b"".join([*pieces, sql[copied:]])


def _is_query_id(token: Token) -> bool:
    return token.kind in ("word", "quoted") and token.name == "query_id"


def _end_of_comparison(code: list[Token], index: int) -> int | None:
    """Where the comparison of the name at `index` with given values ends; None if it is none."""
    if index + 2 >= len(code) or code[index + 1].upper not in ("=", "IN"):
        return None
    operand = code[index + 2]
    if operand.kind == "string":
        return operand.end
    closing = {"(": ")", "{": "}"}.get(operand.text)
    for token in code[index + 3 :]:
        if token.text == closing:
            return token.end
        if closing == ")" and token.kind != "string" and token.text != ",":
            return None
    return None
