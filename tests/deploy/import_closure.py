"""What importing a module loads, read from the source: modules of ours and libraries."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def closure(*roots: str) -> tuple[set[str], set[str]]:
    """The modules of ours, and the top-level names of the libraries, that importing these modules loads."""
    ours: set[str] = set()
    libraries: set[str] = set()
    todo = list(roots)
    while todo:
        module = todo.pop()
        if module in ours:
            continue
        ours.add(module)
        for name in _imports(module):
            parts = name.split(".")
            if (ROOT / parts[0]).is_dir():
                parents = (".".join(parts[:depth]) for depth in range(1, len(parts) + 1))
                todo += [parent for parent in parents if _file(parent)]
            elif parts[0] not in sys.stdlib_module_names:
                libraries.add(parts[0])
    return ours, libraries


def _file(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split("."))
    candidates = (path / "__init__.py", path.with_suffix(".py"))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _imports(module: str) -> Iterator[str]:
    file = _file(module)
    assert file is not None, f"there is no module {module}"
    todo: list[ast.AST] = [ast.parse(file.read_text())]
    while todo:
        for node in ast.iter_child_nodes(todo.pop()):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.module is not None, f"{module} imports relatively"
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            elif not _is_for_later(node):
                todo.append(node)


def _is_for_later(node: ast.AST) -> bool:
    """Whether importing the module leaves this part alone."""
    if isinstance(node, ast.If):
        return ast.unparse(node.test) in {"TYPE_CHECKING", "__name__ == '__main__'"}
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
