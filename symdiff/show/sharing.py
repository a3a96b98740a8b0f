"""Which nodes of a large graph get a name and a line of their own; which names are taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, count
from typing import Any, TypeAlias

from ..errors import ArgumentError, NameClash
from ..expr import Expr, as_expr
from ..leaves import Var, var
from ..messages import in_order, short
from ..structure import fill, flatten
from ..walk import postorder, rebuild
from .layout import Part, Sep, Slot, Style, structure, write

OutputNames: TypeAlias = "Sequence[str] | Mapping[str, Expr] | None"
NESTING = 100  # levels of brackets in one line


def document(
    e: Any,
    style: Callable[[Mapping[Expr, Expr]], Style],
    flat: Callable[[Expr, int], bool],
    *,
    limit: int | None,
    max_ops: int | None,
    shapes: bool,
) -> str:
    """An expression or a structure of them, then a line for every shared node, then ``shapes``.

    ``style`` gets every node, arguments before users, with what is written where its line is:
    itself, over variables in the place of the nodes that have lines of their own.

    Raises: NameClash for two different variables of one name.
    """
    outputs = nodes_of(e)
    order = postorder(outputs)
    variables = check_names(order)
    shared = [] if max_ops is None else share(outputs, order, max_ops, flat)
    taken = {name for name, _ in variables}
    free = (name for name in map("t{}".format, count(1)) if name not in taken)
    names = {node: var(next(free), node.shape, node.kind) for node in shared}
    written: dict[Expr, Expr] = {}

    def named(new: Expr, old: Expr) -> Expr:
        written[old] = new
        return names.get(old, new)

    places = rebuild(outputs, named)
    how = style(written)
    parts: list[Part] = [
        Slot(places[part.node]) if isinstance(part, Slot) else part for part in structure(e, how)
    ]
    for node, name in names.items():
        parts += [Sep(how.line.format(how.name(name.name))), Slot(written[node])]
    if names:
        parts = [how.frame[0], *parts, how.frame[1]]
    arrays = [v for v in order if v.op is Var and v.shape] if shapes else []
    return write(parts, how, {}, limit) + (how.legend(arrays) if arrays else "")


def nodes_of(tree: Any) -> list[Expr]:
    """The expressions of nested lists, tuples and dicts."""
    return [as_expr(leaf) for leaf in flatten(tree)[0]]


def check_names(order: Iterable[Expr]) -> dict[tuple[str, int | None], Expr]:
    """The variables of a graph by name and tag.

    Raises: NameClash for two different variables of one name.
    """
    found: dict[tuple[str, int | None], Expr] = {}
    for node in order:
        if node.op is Var:
            key = (node.params[0], node.params[4])
            first = found.setdefault(key, node)
            if first is not node:
                raise NameClash(node.name, describe(first), describe(node))
    return found


def by_name(order: Iterable[Expr]) -> dict[str, Expr]:
    """The variables of a graph by name, x2 before x10.

    Raises: NameClash for two different variables of one name.
    """
    found = {name: v for (name, tag), v in check_names(order).items() if tag is None}
    return {name: found[name] for name in in_order(found)}


def names_of(order: Iterable[Expr], names: Mapping[str, Expr]) -> dict[Expr, str]:
    """The nodes of a graph that ``{"h1": h1}`` names, each with its name.

    Raises: ArgumentError for a node that is not in the graph, for what is no node, and for the
    name of another variable.
    """
    known = dict.fromkeys(order)
    taken = {node.name: node for node in known if node.op is Var}
    found: dict[Expr, str] = {}
    if not isinstance(names, Mapping):
        raise ArgumentError(f'names are given as {{"h1": h1}}, got {short(names)}')
    for name, node in names.items():
        if not isinstance(name, str) or not name or not isinstance(node, Expr):
            raise ArgumentError(
                f'names are given as {{"h1": h1}}, got {short(name)}: {short(node)}'
            )
        if node not in known:
            raise ArgumentError(
                f"names: {short(name)} stands for {short(node)}, which is not there"
            )
        if taken.get(name, node) is not node:
            raise ArgumentError(f"names: {short(name)} is a variable of the expression already")
        found[node] = name
    return found


def named_nodes(
    order: Iterable[Expr], outputs: Sequence[Expr], names: OutputNames, tree: Any = None
) -> dict[Expr, str]:
    """The names of nodes; outputs without one are f or f1, f2, ..., and a node may be several.

    Outputs that are in dicts in ``tree`` are named by their keys.

    ``names`` are those of the outputs in their order, or of any nodes, ``{"h1": h1}``.
    Raises: ArgumentError for a wrong number of names, and as :func:`names_of`.
    """
    given = names_of(order, names) if isinstance(names, Mapping) else {}
    if names is None or isinstance(names, Mapping):
        names = ["f"] if len(outputs) == 1 else [f"f{i + 1}" for i in range(len(outputs))]
        if isinstance(tree, Mapping):
            names = []
            for key, child in tree.items():
                fill(child, str(key), lambda name, _: names.append(name))
    if len(names) != len(outputs):
        raise ArgumentError(f"{len(outputs)} outputs need as many names, got {len(names)}")
    found: dict[Expr, str] = {}
    for node, name in zip(outputs, names, strict=True):
        found[node] = f"{found[node]}, {name}" if node in found else name
    return {**found, **given}


def describe(variable: Expr) -> str:
    """Shape, kind and domain of a variable, for messages."""
    _, shape, kind, domain, _ = variable.params
    return f"{kind} of shape {shape} on {domain}"


def share(
    outputs: list[Expr], order: list[Expr], max_ops: int, flat: Callable[[Expr, int], bool]
) -> list[Expr]:
    """The nodes that get a line of their own, in the order of these lines.

    None up to ``max_ops`` operations, counted as a tree.  Above, every node with several uses
    has a line, and the node of every ``NESTING``-th level, so that lines nest little; ``flat``
    tells which arguments do not nest.
    """
    sizes: dict[Expr, int] = {}
    for node in order:
        sizes[node] = min(max_ops + 1, sum([sizes[a] for a in node.args]) + bool(node.args))
    if sum([sizes[o] for o in outputs]) <= max_ops:
        return []
    uses: dict[Expr, int] = {}
    for used in chain(outputs, *[node.args for node in order]):
        uses[used] = uses.get(used, 0) + 1
    lines: list[Expr] = []
    ends = set(outputs)
    nesting: dict[Expr, int] = {}
    for node in order:
        levels = [nesting[a] + (not flat(node, i)) for i, a in enumerate(node.args)]
        nesting[node] = max(levels, default=0)
        deep = nesting[node] >= NESTING and node not in ends
        if deep or (uses[node] > 1 and not _is_small(node)):
            lines.append(node)
            nesting[node] = 0
    return lines


def _is_small(node: Expr) -> bool:
    return len(node.args) <= 2 and not any(a.args for a in node.args)
