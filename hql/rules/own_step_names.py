"""Gives the steps of WITH names of ours, so that a name which the engine resolves in another way finds no table."""

from sqlglot import exp

from hql.catalog import Catalog
from hql.reader import Reader
from hql.scope import is_step, read_step, walk


def own_step_names(tree: exp.Expr, catalog: Catalog, reader: Reader) -> exp.Expr:
    """Renames every step, and keeps the analyst's name as the alias where the step is read."""
    names: dict[int, str] = {}
    reads: list[tuple[exp.Table, exp.CTE]] = []
    named: list[exp.CTE] = []
    for node, steps in walk(tree):
        if isinstance(node, exp.CTE) and is_step(node):
            named.append(node)
            names[id(node)] = f"step{len(named)}_{node.alias}"
        elif isinstance(node, exp.Table) and (step := read_step(node, steps)) is not None:
            reads.append((node, step))
    for table, step in reads:
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
        table.set("this", exp.to_identifier(names[id(step)], quoted=True))
    for step in named:
        step.args["alias"].set("this", exp.to_identifier(names[id(step)], quoted=True))
    return tree
