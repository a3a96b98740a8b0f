"""The graph as data for networkx."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..expr import Expr
from ..walk import collector_paused, postorder
from .label import formulas, nodes_of, symbol

if TYPE_CHECKING:
    import networkx


@collector_paused()
def to_networkx(
    outputs: Any,
    values: Mapping[Expr, Any] | None = None,
    adjoints: Mapping[Expr, Any] | None = None,
) -> networkx.MultiDiGraph[int]:
    """The graph of an expression, or of nested lists of them, as a networkx ``MultiDiGraph``.

    Nodes are numbered in postorder, arguments before users, and carry ``op``, ``label``,
    ``formula``, ``shape``, ``output``, and ``value`` and ``adjoint`` where they are given.  Edges
    point from an argument to its user and carry ``argument``, its place among the user's
    arguments: ``x*x`` has two edges.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> sorted(to_networkx(x * x).edges(data="argument"))
    [(0, 1, 0), (0, 1, 1)]
    """
    import networkx

    graph: networkx.MultiDiGraph[int] = networkx.MultiDiGraph()
    outputs = nodes_of(outputs)
    ends = set(outputs)
    at: dict[Expr, int] = {}
    order = postorder(outputs)
    texts = formulas(order)
    for node in order:
        index = at[node] = len(at)
        found: dict[str, Any] = {
            "op": node.op.name,
            "label": symbol(node),
            "formula": texts[node],
            "shape": node.shape,
            "output": node in ends,
        }
        if values is not None and node in values:
            found["value"] = values[node]
        if adjoints is not None and node in adjoints:
            found["adjoint"] = adjoints[node]
        graph.add_node(index, **found)
        for i, a in enumerate(node.args):
            graph.add_edge(at[a], index, argument=i)
    return graph
