"""Bounds how much a query makes the engine plan: its SELECTs and what they read, counted as often as they are computed.

A step of WITH is computed anew wherever it is read. Thirty steps that each read the one before twice would be a billion
reads, which the engine plans for hours without looking at its limits.
"""

from sqlglot import exp

from hql.catalog import Catalog
from hql.errors import Refused
from hql.reader import Reader
from hql.scope import is_step, read_step, walk

MAX_READS = 300

_Reads = dict[int, list[exp.CTE | None]]
"""By the step around them, or the query: a SELECT or a table as None, and each step that is read."""


def bounded_steps(tree: exp.Expr, catalog: Catalog, reader: Reader) -> exp.Expr:
    """Refuses a query that computes more SELECTs and reads more tables than it may."""
    reads: _Reads = {}
    for node, steps in walk(tree):
        if isinstance(node, (exp.Select, exp.Table)):
            read = read_step(node, steps) if isinstance(node, exp.Table) else None
            reads.setdefault(id(_step_around(node)), []).append(read)
    # Steps that nothing reads are written out as well.
    count = max(_count(None, reads, {}), sum(map(len, reads.values())))
    if count > MAX_READS:
        raise Refused(
            "too_complicated",
            f"the query has {count:,} SELECTs and reads, counting those of its steps; {MAX_READS} are allowed",
            hint="a step of WITH is computed anew wherever it is read: read each less often",
        )
    return tree


def _count(step: exp.CTE | None, reads: _Reads, known: dict[int, int]) -> int:
    """What computing the step once takes; for None, the query."""
    if id(step) not in known:
        # A step that reads itself, in WITH RECURSIVE, counts once.
        known[id(step)] = 1
        known[id(step)] = sum(1 if read is None else _count(read, reads, known) for read in reads.get(id(step), []))
    return known[id(step)]


def _step_around(node: exp.Expr) -> exp.CTE | None:
    around = node.find_ancestor(exp.CTE)
    while around is not None and not is_step(around):
        around = around.find_ancestor(exp.CTE)
    return around
