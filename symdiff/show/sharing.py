"""Which nodes of a large graph get a name and a line of their own; which names are taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from ..errors import NameClash
from ..expr import Expr, Var, as_expr
from ..structure import flatten
from ..walk import fold, postorder
from .layout import Sep, Slot, Style, structure, write

NESTING = 100  # levels of brackets in one line


def document(
    e: Any,
    style: Style,
    flat: Callable[[Expr, int], bool],
    limit: int | None,
    max_ops: int | None,
) -> str:
    """An expression or a structure of them, then a line for every shared node."""
    found = share([as_expr(leaf) for leaf in flatten(e)[0]], max_ops, flat)
    names = {node: style.shared(name) for node, name in found.items()}
    parts = structure(e, style)
    for node, name in names.items():
        parts += [Sep(style.line.format(name)), Slot(node, -1)]
    if names:
        parts = [style.frame[0], *parts, style.frame[1]]
    return write(parts, style, names, limit)


def check_names(order: Iterable[Expr]) -> dict[str, Expr]:
    """The variables of a graph by name and tag.

    Raises: NameClash for two different variables of one name.
    """
    found: dict[str, Expr] = {}
    for node in order:
        if node.op is Var:
            name, tag = node.params[0], node.params[4]
            key = name if tag is None else f"{name}#{tag}"
            if found.setdefault(key, node) is not node:
                raise NameClash(key, describe(found[key]), describe(node))
    return found


def describe(variable: Expr) -> str:
    """Shape, kind and domain of a variable, for messages."""
    _, shape, kind, domain, _ = variable.params
    return f"{kind} of shape {shape} on {domain}"


def share(
    outputs: list[Expr], max_ops: int | None, flat: Callable[[Expr, int], bool]
) -> dict[Expr, str]:
    """Names for the nodes that get a line of their own, in the order of these lines.

    None below ``max_ops`` operations, counted as a tree.  Above, every node with several uses
    has a line, and the node of every ``NESTING``-th level, so that lines nest little; ``flat``
    tells which arguments do not nest.

    Raises: NameClash for two different variables of one name.
    """
    order = postorder(outputs)
    taken = check_names(order)
    if max_ops is None:
        return {}
    most = max_ops + 1
    size = lambda node, below: min(most, sum(below) + bool(node.args))
    sizes = fold(outputs, size)
    if sum(sizes[o] for o in outputs) <= max_ops:
        return {}
    uses: dict[Expr, int] = {}
    for used in chain(outputs, *[node.args for node in order]):
        uses[used] = uses.get(used, 0) + 1
    names: dict[Expr, str] = {}
    nesting: dict[Expr, int] = {}
    number = 0
    for node in order:
        levels = [nesting[a] + (not flat(node, i)) for i, a in enumerate(node.args)]
        nesting[node] = max(levels, default=0)
        deep = nesting[node] >= NESTING and node not in outputs
        if deep or (uses[node] > 1 and not _is_small(node)):
            number += 1
            while f"t{number}" in taken:
                number += 1
            names[node] = f"t{number}"
            nesting[node] = 0
    return names


def _is_small(node: Expr) -> bool:
    return len(node.args) <= 2 and not any(a.args for a in node.args)
