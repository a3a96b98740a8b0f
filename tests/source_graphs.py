"""The imports and the calls of the package as graphs, read from the syntax of its files.

Nothing is run.  Calls are found by names; the classes of receivers by annotations, which
``mypy --strict`` holds to reality.  A receiver of unknown class may have any method of that name.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

import symdiff

ROOT = Path(symdiff.__file__).parent
T = TypeVar("T", bound=Hashable)
Graph = Mapping[T, set[T]]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


LAYERS = {
    "messages": 1, "html": 1, "arraylike": 1,
    "errors": 1, "domain": 1, "decimals": 1, "dispatch": 1, "expr": 2, "rule": 2, "leaves": 2,
    "walk": 3, "structure": 3, "pickling": 3, "ops": 4, "methods": 5, "protocols": 5, "linalg": 5,
    "calculus": 5, "rewrite": 5, "backend": 6, "native": 6, "show": 6, "targets": 7, "api": 7,
    "draw": 7, "tracing": 7,
    "hessians": 7,
    "explaining": 8, "tape": 8,
    "numeric": 8, "dual": 8, "witness": 8, "testing": 8, "installed": 8,
    "bars": 8, "comparing": 8, "minimizing": 8, "optimizers": 8,
    "manual": 8,
    "habits": 9, "notebook": 9, "cli": 9, "__main__": 9, "__init__": 9,
}  # fmt: skip


def part_of(path: str | Path) -> str:
    """The folder or file at the top of the package that a path below it leads into."""
    return Path(path).parts[0].removesuffix(".py")


def may_know(user: str, used: str) -> bool:
    """Whether one file may import from another by the order of the layers."""
    return LAYERS[part_of(used)] <= LAYERS[part_of(user)]


# -- circles ---------------------------------------------------------------------------------------


def knots(graph: Graph[T]) -> list[set[T]]:
    """The strongly connected parts with a circle in them (Tarjan's, on a stack of its own)."""
    number: dict[T, int] = {}
    low: dict[T, int] = {}
    path: list[T] = []
    found = []
    for root in graph:
        work = [] if root in number else [(root, iter(()))]
        while work:
            node, rest = work.pop()
            if node not in number:
                number[node] = low[node] = len(number)
                path.append(node)
                rest = iter(sorted(graph.get(node, ()), key=str))
            for below in rest:
                if below not in number:
                    work += [(node, rest), (below, iter(()))]
                    break
                low[node] = min(low[node], low[below])
            else:
                if low[node] == number[node]:
                    part = set(path[path.index(node) :])
                    del path[path.index(node) :]
                    low.update(dict.fromkeys(part, len(graph) + len(number)))
                    if len(part) > 1 or node in graph.get(node, ()):
                        found.append(part)
                if work:
                    above = work[-1][0]
                    low[above] = min(low[above], low[node])
    return found


def without_edges(graph: Graph[T], edges: Iterable[tuple[T, T]]) -> dict[T, set[T]]:
    cut = set(edges)
    return {a: {b for b in below if (a, b) not in cut} for a, below in graph.items()}


def without_nodes(graph: Graph[T], nodes: Iterable[T]) -> dict[T, set[T]]:
    cut = set(nodes)
    return {a: below - cut for a, below in graph.items() if a not in cut}


# -- files -----------------------------------------------------------------------------------------


@cache
def trees() -> dict[str, ast.Module]:
    """The syntax of every file, by its path below the package."""
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text())
        for path in sorted(ROOT.rglob("*.py"))
    }


def file_of(parts: list[str]) -> str | None:
    """The file of a module given by the parts of its name."""
    for name in ("/".join(parts) + ".py", "/".join([*parts, "__init__.py"])):
        if name in trees():
            return name
    return None


def imported(path: str, node: ast.ImportFrom) -> Iterator[tuple[str, str, str]]:
    """What an import brings: the file, the name in it ("" for the module), the name here."""
    package = path.split("/")[:-1]
    base = package[: len(package) - node.level + 1] + (node.module or "").split(".")
    base = [part for part in base if part]
    for alias in node.names:
        module = file_of([*base, alias.name])
        if module is not None:
            yield module, "", alias.asname or alias.name
        elif (holder := file_of(base)) is not None:
            yield holder, alias.name, alias.asname or alias.name


@cache
def imports() -> dict[str, set[str]]:
    """The files that every file imports, inside functions and under TYPE_CHECKING too."""
    return {
        path: {
            file
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.level
            for file, _, _ in imported(path, node)
        }
        for path, tree in trees().items()
    }
