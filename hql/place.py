"""Where in the analyst's text something stands."""

from sqlglot import exp

from hql.errors import Refused


def refused(node: exp.Expr, code: str, message: str, hint: str | None = None) -> Refused:
    """Returns the refusal of a node, with the node's place in the text."""
    line, column = place(node)
    return Refused(code, message, hint=hint, line=line, column=column)


def place(node: exp.Expr) -> tuple[int | None, int | None]:
    """Returns line and column of the node: where its first word stands, or else that of what encloses it."""
    for near in (node, *_above(node)):
        words = [found.meta for found in near.walk() if "line" in found.meta and "col" in found.meta]
        if words:
            first = min(words, key=lambda meta: meta.get("start", 0))
            # The parser remembers the column in which a token ends.
            return first["line"], max(1, first["col"] - (first.get("end", 0) - first.get("start", 0)))
    return None, None


def _above(node: exp.Expr) -> list[exp.Expr]:
    parents = []
    while node.parent is not None:
        node = node.parent
        parents.append(node)
    return parents
