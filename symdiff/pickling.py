"""Pickling of graphs: flat, in postorder, and interned again on the other side."""

from __future__ import annotations

from typing import Any

from .expr import Expr, Op, Params, make
from .leaves import Const, const
from .walk import postorder


def dump(e: Expr) -> tuple[Any, ...]:
    """``Expr.__reduce__``: the operations, the positions of their arguments, the parameters."""
    order = postorder([e])
    position = {node: i for i, node in enumerate(order)}
    nodes = [(node.op, tuple([position[a] for a in node.args]), node.params) for node in order]
    return load, (nodes,)


def load(nodes: list[tuple[Op, tuple[int, ...], Params]]) -> Expr:
    """The last node of a dumped graph."""
    built: list[Expr] = []
    for op, args, params in nodes:
        if op is Const:
            built.append(const(params[0]))
        else:
            built.append(make(op, tuple([built[i] for i in args]), params))
    return built[-1]
