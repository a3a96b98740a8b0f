"""Operations on axes.  Parameters count axes from the end, so that a value, a tangent or a
cotangent may carry any number of leading batch axes: each of these maps over them.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ..domain import Interval
from ..errors import ShapeError
from ..expr import Expr, Op, Params, Shape, broadcast_shapes, make
from ..messages import short
from ..rule import Contraction, Linear
from . import kernels
from .kernels import decode, encode
from .row import join, promote, row
from .spelling import broadcast, identity, reduction, reshaped, stacked, transposed

MOST_AXES = 64  # of NumPy's arrays


def reduced_shape(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    """The shape of a reduction, whose first parameters are ``axes`` and ``keepdims``."""
    shape = shapes[0]
    axes, keepdims = params[:2]
    dropped = {a % len(shape) for a in axes}
    if keepdims:
        return tuple(1 if i in dropped else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in dropped)


def _read_sum(node: Expr) -> Contraction:
    (x,), (axes, _) = node.args, node.params
    dropped = {a % x.ndim for a in axes}
    labels = tuple(range(x.ndim))
    return Contraction(node.args, (labels,), tuple([i for i in labels if i not in dropped]))


def _sum_transpose(g: Expr, node: Expr, i: int) -> Expr:
    (x,), (axes, keepdims) = node.args, node.params
    lead = g.shape[: g.ndim - node.ndim]
    if not keepdims:
        dropped = {a % x.ndim for a in axes}
        kept = tuple(1 if i in dropped else n for i, n in enumerate(x.shape))
        g = make(reshape, (g,), (node.ndim, kept))
    return make(broadcast_to, (g,), (x.ndim, x.shape)) if g.shape != lead + x.shape else g


def _reshape_shape(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    (shape,) = shapes
    rank: int = params[0]
    new: Shape = params[1]
    core = shape[len(shape) - rank :]
    if prod(core) != prod(new):
        raise ShapeError(title, (core, new), "both must have the same number of elements")
    return shape[: len(shape) - rank] + new


def _reshape_back(g: Expr, node: Expr, i: int) -> Expr:
    rank, new = node.params
    shape = node.args[0].shape
    return make(reshape, (g,), (len(new), shape[len(shape) - rank :]))


def _broadcast_shape(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    (shape,) = shapes
    rank: int = params[0]
    new: Shape = params[1]
    core = shape[len(shape) - rank :]
    if broadcast_shapes(title, (core, new)) != new:
        raise ShapeError(title, (core, new), "only axes of size 1 can be stretched")
    return shape[: len(shape) - rank] + new


def _broadcast_transpose(g: Expr, node: Expr, i: int) -> Expr:
    rank, new = node.params
    shape = node.args[0].shape
    return sum_to(g, new, shape[len(shape) - rank :])


def _transpose_shape(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    shape = shapes[0]
    axes: Shape = params[0]
    return shape[: len(shape) - len(axes)] + tuple(shape[a] for a in axes)


def _read_transpose(node: Expr) -> Contraction:
    (x,), (axes,) = node.args, node.params
    lead = tuple(range(x.ndim - len(axes)))
    return Contraction(node.args, (tuple(range(x.ndim)),), lead + tuple(a % x.ndim for a in axes))


def _transpose_back(g: Expr, node: Expr, i: int) -> Expr:
    (axes,) = node.params
    n = len(axes)
    back = tuple(sorted(range(-n, 0), key=lambda k: axes[k]))
    return make(transpose, (g,), (back,))


def _stack_shape(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    shape = broadcast_shapes(title, shapes)
    if len(shape) >= MOST_AXES:
        raise ShapeError(title, shapes, f"an array has {MOST_AXES} axes at most")
    at = len(shape) + 1 + params[0]
    if not 0 <= at <= len(shape):
        raise ShapeError(title, shapes, f"axis {short(params[0])} is not one of the new array's")
    return (*shape[:at], len(shapes), *shape[at:])


def _stack_transpose(g: Expr, node: Expr, i: int) -> Expr:
    (axis,) = node.params
    at = (i, *((slice(None),) * (-axis - 1)))
    part = make(index, (g,), (encode(at),))
    joined = node.shape[: node.ndim + axis] + node.shape[node.ndim + axis :][1:]
    return sum_to(part, joined, node.args[i].shape)


def _index_transpose(g: Expr, node: Expr, i: int) -> Expr:
    (x,), (index_,) = node.args, node.params
    core = x.shape[x.ndim - len([i for i in index_ if i is not None]) :]
    rank = len(_indexed(core, decode(index_)))
    return make(scatter, (g,), (index_, rank, core))


def _scatter_shape(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    lead: Shape = shapes[0][: len(shapes[0]) - params[1]]
    core: Shape = params[2]
    return lead + core


def sum_to(g: Expr, core: Shape, wanted: Shape) -> Expr:
    """Undo broadcasting from ``wanted`` to ``core``; ``g`` has batch axes before ``core``."""
    rank, target = len(core), len(wanted)
    padded = (1,) * (rank - target) + wanted
    ones = tuple(i - rank for i in range(rank - target, rank) if padded[i] == 1 != core[i])
    if ones:
        g = make(sum, (g,), (ones, True))
    extra = tuple(range(-rank, -target))
    return make(sum, (g,), (extra, False)) if extra else g


def _indexed(shape: Shape, at: tuple[Any, ...]) -> Shape:
    return np.broadcast_to(np.empty(()), shape)[(..., *at)].shape


sum: Op = row("sum", rule=Linear(_sum_transpose), numpy="np.sum", shape=reduced_shape,
    contraction=_read_sum, kind=promote, params=("axes", "keepdims"), latex=r"\sum",
    pretty="∑", spelled=reduction("∑", r"\sum"), accuracy=(2.0, 2.0))
reshape: Op = row("reshape", numpy="kernels.reshape", shape=_reshape_shape, kind=join,
    spelled=reshaped, params=("rank", "shape"), facts="reshapes", cost=0, accuracy=(0.0, 0.0),
    rule=Linear(_reshape_back, moves=lambda x, node: kernels.reshape(x, *node.params)))
broadcast_to: Op = row("broadcast_to", numpy="kernels.broadcast_to", shape=_broadcast_shape,
    spelled=broadcast, kind=join, params=("rank", "shape"), cost=0, accuracy=(0.0, 0.0),
    rule=Linear(_broadcast_transpose,
        moves=lambda x, node: kernels.broadcast_to(x, *node.params)))
transpose: Op = row("transpose", numpy="kernels.transpose", shape=_transpose_shape, kind=join,
    spelled=transposed, params=("axes",), contraction=_read_transpose, cost=0, accuracy=(0.0, 0.0),
    rule=Linear(_transpose_back, moves=lambda x, node: kernels.transpose(x, *node.params)))
stack: Op = row("stack", arity=None, numpy="kernels.stack", shape=_stack_shape, kind=join,
    spelled=stacked,
    facts="stacks", params=("axis",), accuracy=(0.0, 0.0), rule=Linear(_stack_transpose))
index: Op = row("index", numpy="kernels.index", kind=join, params=("index",),
    shape=lambda title, shapes, params: _indexed(shapes[0], decode(params[0])),
    facts="indexes selects", cost=0, accuracy=(0.0, 0.0),
    rule=Linear(_index_transpose, drops=True,
        moves=lambda x, node: kernels.index(x, *node.params)))
scatter: Op = row("scatter", numpy="kernels.scatter", shape=_scatter_shape, kind=join,
    params=("index", "rank", "shape"), accuracy=(0.0, 0.0),
    rule=Linear(lambda g, node, i: make(index, (g,), (node.params[0],)),
        moves=lambda x, node: kernels.scatter(x, *node.params)))
eye: Op = row("eye", arity=0, numpy="kernels.eye", params=("shape",), facts="identity",
    range=Interval(0, 1, True, True),
    spelled=identity, accuracy=(0.0, 0.0),
    shape=lambda title, shapes, params: params[0] + params[0])
