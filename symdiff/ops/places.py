"""Operations on places: parts joined, triangles, elements taken and added by an index.

Parameters count axes from the end.  An index is an argument of kind int, which no derivative
flows to; the adjoint of taking is adding, because an index may name a place more than once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ShapeError
from ..expr import Expr, Kind, Op, Params, Shape, broadcast_shapes, make
from ..leaves import Const
from ..messages import short
from ..rule import Linear
from .arrays import index
from .kernels import encode
from .row import first, join, row
from .spelling import concatenated, taken, taken_along, triangle


def _concatenate_shape(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    shape = shapes[0]
    at = len(shape) + params[0]
    if any(len(s) != len(shape) for s in shapes):
        raise ShapeError(title, shapes, "all must have as many axes")
    if not 0 <= at < len(shape):
        raise ShapeError(title, shapes, f"axis {short(params[0])} of {len(shape)} axes")
    if any(s[:at] + s[at + 1 :] != shape[:at] + shape[at + 1 :] for s in shapes):
        raise ShapeError(title, shapes, f"they must be equal except along axis {short(at)}")
    return (*shape[:at], sum([s[at] for s in shapes]), *shape[at + 1 :])


def _concatenate_transpose(g: Expr, node: Expr, i: int) -> Expr:
    (axis,) = node.params
    start = sum([a.shape[axis] for a in node.args[:i]])
    at = (slice(start, start + node.args[i].shape[axis]), *(slice(None),) * (-axis - 1))
    return make(index, (g,), (encode(at),))


def _matrix(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    (shape,) = shapes
    if len(shape) < 2:
        raise ShapeError(title, shapes, "a triangle needs two axes")
    return shape


def _gather_shape(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    shape, *indices = shapes
    axis, _, index_rank = params
    at = len(shape) + axis
    if not indices or at < 0 or at + len(indices) > len(shape):
        raise ShapeError(title, shapes, f"{len(indices)} indices from axis {short(axis)}")
    return shape[:at] + _joint(title, shapes, index_rank) + shape[at + len(indices) :]


def _joint(title: str, shapes: tuple[Shape, ...], index_rank: int) -> Shape:
    """The common shape of index arrays, which all have ``index_rank`` axes."""
    if any(len(s) != index_rank for s in shapes[1:]):
        raise ShapeError(title, shapes, f"every index must have {index_rank} axes")
    return broadcast_shapes(title, shapes[1:])


def _gather_transpose(g: Expr, node: Expr, i: int) -> Expr:
    x, *indices = node.args
    axis, rank, index_rank = node.params
    at = x.ndim + axis
    sizes = x.shape[at : at + len(indices)]
    return make(scatter_add, (g, *indices), (axis, rank + g.ndim - node.ndim, index_rank, sizes))


def _gathered(x: Any, node: Expr) -> Any:
    """Elements at an index that is known, None at another one."""
    _, *indices = node.args
    axis, rank, index_rank = node.params
    if x.ndim != rank or any(i.op is not Const or i.ndim != index_rank for i in indices):
        return None
    return x[(*[slice(None)] * (x.ndim + axis), *[index.value for index in indices])]


def _scatter_add_shape(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    shape = shapes[0]
    axis, _, index_rank, _ = params
    sizes: Shape = params[3]
    if len(shapes) - 1 != len(sizes):
        raise ShapeError(title, shapes, f"{len(shapes) - 1} indices for axes of sizes {sizes}")
    core = _joint(title, shapes, index_rank)
    stop = len(shape) + axis + len(sizes)
    start = stop - index_rank
    if start < 0 or stop > len(shape) or shape[start:stop] != core:
        raise ShapeError(title, shapes, f"an index of shape {core} at axis {short(axis)}")
    return shape[:start] + sizes + shape[stop:]


def _scatter_add_transpose(g: Expr, node: Expr, i: int) -> Expr:
    axis, rank, index_rank, _ = node.params
    return make(gather, (g, *node.args[1:]), (axis, rank + g.ndim - node.ndim, index_rank))


def _widened(params: Params, axes: int) -> Params:
    axis, rank, *rest = params
    return (axis, rank + axes, *rest)


def _along_shape(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    """``x`` may have batch axes that the index lacks."""
    x, at = shapes
    axis = params[0]
    core = x[len(x) - len(at) :]
    place = len(core) + axis
    if len(at) > len(x) or not 0 <= place < len(core):
        raise ShapeError(title, shapes, f"axis {short(axis)} is not one of both")
    if core[:place] + core[place + 1 :] != at[:place] + at[place + 1 :]:
        raise ShapeError(title, shapes, f"they must be equal except along axis {short(axis)}")
    return x[: len(x) - len(at)] + at


def _take_along_transpose(g: Expr, node: Expr, i: int) -> Expr:
    x, at = node.args
    (axis,) = node.params
    return make(add_along_axis, (g, at), (axis, x.shape[axis]))


def _add_along_shape(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    axis, size = params
    shape = _along_shape(title, shapes, params)
    if shape != shapes[0]:
        raise ShapeError(title, shapes, "the index must have the shape of what is added")
    at = len(shape) + axis
    return (*shape[:at], size, *shape[at + 1 :])


def _add_along_transpose(g: Expr, node: Expr, i: int) -> Expr:
    return make(take_along_axis, (g, node.args[1]), (node.params[0],))


def _added(kinds: tuple[Kind, ...]) -> Kind:
    return "int" if kinds[0] == "bool" else kinds[0]


concatenate: Op = row("concatenate", arity=None, numpy="places.concatenate", kind=join,
    shape=_concatenate_shape, params=("axis",), spelled=concatenated, accuracy=(0.0, 0.0),
    rule=Linear(_concatenate_transpose))
tril: Op = row("tril", numpy="places.tril", shape=_matrix, kind=first, params=("k",),
    spelled=triangle, accuracy=(0.0, 0.0),
    rule=Linear(lambda g, node, i: make(tril, (g,), node.params),
        moves=lambda x, node: np.tril(x, node.params[0]), drops=True))
triu: Op = row("triu", numpy="places.triu", shape=_matrix, kind=first, params=("k",),
    spelled=triangle, accuracy=(0.0, 0.0),
    rule=Linear(lambda g, node, i: make(triu, (g,), node.params),
        moves=lambda x, node: np.triu(x, node.params[0]), drops=True))
gather: Op = row("gather", arity=None, numpy="places.gather", shape=_gather_shape, kind=first,
    params=("axis", "rank", "index_rank"), spelled=taken, accuracy=(0.0, 0.0), facts="selects",
    rule=Linear(_gather_transpose, count=1, widen=_widened, drops=True,
        moves=_gathered))
scatter_add: Op = row("scatter_add", arity=None, numpy="places.scatter_add",
    shape=_scatter_add_shape, kind=_added, params=("axis", "rank", "index_rank", "sizes"),
    accuracy=(1.0, 1.0), rule=Linear(_scatter_add_transpose, count=1, widen=_widened))
take_along_axis: Op = row("take_along_axis", arity=2, numpy="places.take_along_axis",
    shape=_along_shape, kind=first, params=("axis",), facts="aligns", accuracy=(0.0, 0.0),
    spelled=taken_along, rule=Linear(_take_along_transpose, count=1))
add_along_axis: Op = row("add_along_axis", arity=2, numpy="places.add_along_axis",
    shape=_add_along_shape, kind=_added, params=("axis", "size"), facts="aligns",
    accuracy=(1.0, 1.0),
    rule=Linear(_add_along_transpose, count=1))
