"""Which named step or table a name in FROM means.

Names are resolved as the engine does it: exactly, with case, by nesting. A step (`WITH name AS (select ...)`) is known
to the steps after it and to its query, not to itself, unless the WITH is recursive; `WITH value AS name` names a value
and hides no table.
"""

from collections.abc import Iterator, Mapping

from sqlglot import exp

Steps = Mapping[str, exp.CTE]
"""The steps that can be read at some place, by name."""


def walk(node: exp.Expr, steps: Steps | None = None) -> Iterator[tuple[exp.Expr, Steps]]:
    """Yields every node of the tree, parents first, with the steps that can be read there."""
    waiting: list[tuple[exp.Expr, Steps]] = [(node, steps or {})]
    while waiting:
        node, steps = waiting.pop()
        yield node, steps
        clause = node.args.get("with_")
        first: list[tuple[exp.Expr, Steps]] = []
        if isinstance(clause, exp.With):
            for step in clause.expressions:
                after = {**steps, step.alias: step} if is_step(step) else steps
                first.append((step, after if clause.recursive else steps))
                steps = after
        children = [
            (child, steps)
            for key, value in node.args.items()
            if key != "with_"
            for child in (value if isinstance(value, list) else (value,))
            if isinstance(child, exp.Expr)
        ]
        waiting.extend(reversed(first + children))


def is_step(node: exp.Expr) -> bool:
    """Whether a member of WITH is a query under a name, not a value under a name."""
    return isinstance(node, exp.CTE) and not node.args.get("scalar")


def read_step(table: exp.Table, steps: Steps) -> exp.CTE | None:
    """Returns the step that a name in FROM reads; None if it is no step's name."""
    if isinstance(table.this, exp.Identifier) and not table.args.get("db") and not table.args.get("catalog"):
        return steps.get(table.name)
    return None
