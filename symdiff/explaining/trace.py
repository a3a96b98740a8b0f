"""The trace of a computation: a row for each node, with its value and its derivative."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any, Literal

import numpy as np

from ..backend.evaluate import evaluate, values_of
from ..calculus.derivatives import symbols_for
from ..calculus.modes import forward, ordered
from ..draw import adjoint_values
from ..errors import ArgumentError, LimitError, ShapeError
from ..expr import Expr
from ..leaves import Var, const
from ..messages import short
from ..ops.creation import asarray
from ..show.sharing import by_name, named_nodes, nodes_of
from ..targets import wrt_of
from ..walk import postorder, rebuild
from .tables import Column, Table
from .writing import WIDTH, at_point, script

MAX_NODES = 2000


def trace_table(
    f: Any,
    at: Mapping[Any, Any],
    *,
    mode: Literal["forward", "reverse"] = "reverse",
    wrt: Any = None,
    along: Mapping[Any, Any] | None = None,
    names: Mapping[str, Expr] | None = None,
    max_nodes: int = MAX_NODES,
) -> Table:
    """The trace of ``f`` at a point: for each node its name, formula, value and derivative.

    In reverse mode the last column is the adjoint, the derivative of ``f`` by the node; it is
    found from the last row up.  In forward mode there is a column of tangents for each scalar of
    ``wrt``, the derivative of the node by it, found from the first row down; or a single one for
    the direction ``along={x: 1, y: 2}``.  ``wrt`` is every variable if left out.  Nodes are v1,
    v2, ... where ``names={"h1": h1}`` does not name them.

    Raises: MissingVariable and the like for ``at``; ArgumentError for another mode, and for a name
    of what is not there; LimitError above ``max_nodes``; NotScalar for adjoints of an array.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> print(sd.trace_table(x**2*y + y + 2, {x: 3, y: 4}))
    reverse mode at x = 3, y = 4
    name  formula  value  adjoint
    x                  3       24
    y                  4       10
    v1    x**2         9        4
    v2    v1*y        36        1
    v3    v2 + y      40        1
    f     v3 + 2      42        1
    """
    outputs = nodes_of(f)
    order = postorder(outputs)
    if len(order) > max_nodes:
        raise LimitError("nodes in a trace", len(order), max_nodes, "max_nodes")
    variables = by_name(order)
    first = list(variables.values())
    nodes = wrt_of(first if wrt is None else wrt).nodes
    named = _named(order, outputs, names)
    if mode == "reverse":
        columns = {"adjoint": adjoint_values(outputs, at, nodes)}
    elif mode == "forward" and along is not None:
        direction = {variables.get(by, by): asarray(dot) for by, dot in along.items()}
        columns = {"tangent": _tangents(outputs, at, direction)}
    elif mode == "forward":
        columns = {
            f"d/d{named.get(v) or v.name}": _tangents(outputs, at, {v: const(1)}) for v in nodes
        }
    else:
        raise ArgumentError(f"mode is 'forward' or 'reverse', got {short(mode)}")
    values = values_of(outputs, at)
    rows = [
        (
            named.get(node) or node.name,
            node if node in named else None,
            values[node],
            *[slopes.get(node) for slopes in columns.values()],
        )
        for node in [*first, *[n for n in order if n in named and n.op is not Var]]
    ]
    how = script("text", WIDTH, {})
    where = f" at {at_point(order, at, how)}" if at else ""
    heads = [Column(name, "value") for name in ("value", *columns)]
    heads = [Column("name", "name"), Column("formula", "formula"), *heads]
    return Table(f"{mode} mode{where}", heads, rows, named)


def _named(
    order: list[Expr], outputs: list[Expr], names: Mapping[str, Expr] | None
) -> dict[Expr, str]:
    """The names of all nodes but variables and constants."""
    given = names or {}
    named = named_nodes(order, outputs, given)
    named = {n: name for n, name in named.items() if n.op is not Var or name in given}
    taken = {*named.values(), *[node.name for node in order if node.op is Var]}
    free = (name for name in map("v{}".format, count(1)) if name not in taken)
    inner = [node for node in order if node.args and node not in named]
    return {**named, **dict(zip(inner, free, strict=False))}


def _tangents(
    outputs: list[Expr], at: Mapping[Any, Any], direction: Mapping[Expr, Expr]
) -> dict[Expr, Any]:
    """The derivative of every node along a direction, at a point.

    Raises: ShapeError for a tangent of another shape than its node.
    """
    for node, dot in direction.items():
        if node.shape != dot.shape:
            hint = "a tangent has the shape of its node: along={X: ...}"
            raise ShapeError("trace_table", (node.shape, dot.shape), hint)
    cut = symbols_for(outputs, list(direction))
    order = ordered(cut.outputs, cut.inner, cut.symbols)
    dots = forward(order, dict(zip(cut.symbols, direction.values(), strict=True)), inner=cut.inner)
    live = {node: dot for node, dot in dots.items() if dot is not None}
    back = rebuild([*order, *live, *live.values()], given=cut.back)
    _, found = evaluate([outputs, [back[dot] for dot in live.values()]], at)
    moving = dict(zip([back[node] for node in live], found, strict=True))
    return {
        node: moving.get(node, np.zeros(node.shape) if node.shape else 0)
        for node in postorder(outputs)
    }
