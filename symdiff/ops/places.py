"""Operations on places: parts joined, triangles, elements taken and added by an index.

Parameters count axes from the end.  An index is an argument of kind int, which no derivative
flows to; the adjoint of taking is adding, because an index may name a place more than once.
"""

from __future__ import annotations

from math import prod
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

Array = Any
FEW = 1000  # elements: below, NumPy's loop over them is faster than to set up a sparse product


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


# -- on arrays -------------------------------------------------------------------------------------


def np_concatenate(*parts: Array, axis: int) -> Array:
    """Parts joined along an axis; their batch axes broadcast."""
    shapes = [np.shape(part) for part in parts]
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    at = rank + axis
    others = np.broadcast_shapes(*[shape[:at] + shape[at + 1 :] for shape in padded])
    wanted = [(*others[:at], shape[at], *others[at:]) for shape in padded]
    fitted = [
        part if shape == whole else np.broadcast_to(part, whole)
        for part, shape, whole in zip(parts, shapes, wanted, strict=True)
    ]
    return np.concatenate(fitted, axis=axis)


def np_gather(x: Array, *indices: Array, axis: int, rank: int, index_rank: int) -> Array:
    """``x`` at index arrays for consecutive axes, the first of which is ``axis``."""
    if all(np.ndim(i) <= index_rank for i in indices):
        if len(indices) == 1:
            return np.take(x, indices[0], axis=axis)
        return x[(..., *indices, *(slice(None),) * (-axis - len(indices)))]
    tail = -axis - len(indices)
    x = np.asarray(x)
    fixed, core = x.shape[: x.ndim - rank], x.shape[x.ndim - rank :]
    batch = np.broadcast_shapes(fixed, *[_lead(i, index_rank) for i in indices])
    x = np.broadcast_to(x, batch + core)
    first, last = x.ndim + axis, x.ndim - tail
    lead = tuple(range(len(batch), first))
    x = x.transpose(*range(len(batch)), *range(first, last), *lead, *range(last, x.ndim))
    grids = np.ix_(*map(np.arange, batch))
    aligned = [g.reshape(g.shape + (1,) * index_rank) for g in grids]
    found = x[(*aligned, *indices)]
    moved = range(len(batch), len(batch) + index_rank)
    return np.moveaxis(found, moved, range(len(batch) + len(lead), found.ndim - tail))


def np_scatter_add(
    x: Array, *indices: Array, axis: int, rank: int, index_rank: int, sizes: Shape
) -> Array:
    """Zeros with ``x`` added at index arrays for axes of ``sizes``: places that repeat add up."""
    x = np.asarray(x)
    tail = -axis - len(sizes)
    lead = rank - len(sizes) - tail
    batch: Shape = ()
    core = np.broadcast_shapes(*[np.shape(i)[max(np.ndim(i) - index_rank, 0) :] for i in indices])
    if any(np.ndim(i) > index_rank for i in indices):
        held = lead + index_rank + tail
        fixed = x.shape[: x.ndim - held]
        batch = np.broadcast_shapes(fixed, *[_lead(i, index_rank) for i in indices])
        x = np.broadcast_to(x, batch + x.shape[x.ndim - held :])
    places = np.broadcast_to(_places(indices, sizes), batch + core)
    size, blocks = prod(sizes), prod(batch)
    if batch:
        shift = np.arange(blocks).reshape(batch + (1,) * index_rank) * size
        places = places + shift
    first = x.ndim - tail - index_rank
    before, after = x.shape[len(batch) : first], x.shape[x.ndim - tail :]
    flat = x.reshape(blocks, prod(before), prod(core), prod(after)).swapaxes(1, 2)
    rows = flat.reshape(blocks * prod(core), prod(before) * prod(after))
    total = _summed(rows, places.ravel(), blocks * size)
    total = total.reshape(blocks, size, prod(before), prod(after)).swapaxes(1, 2)
    return total.reshape(batch + before + sizes + after)


def np_take_along_axis(x: Array, indices: Array, axis: int) -> Array:
    x, indices = _same_rank(x, indices)
    return np.take_along_axis(x, indices, axis)


def np_add_along_axis(x: Array, indices: Array, axis: int, size: int) -> Array:
    """Zeros with ``x`` added at ``indices`` along an axis of ``size``."""
    x, indices = np.broadcast_arrays(x, indices)
    x, indices = np.moveaxis(x, axis, -1), np.moveaxis(indices, axis, -1)
    lead = x.shape[:-1]
    count = prod(lead)
    places = _places((indices,), (size,))
    if count > 1:
        places = places + np.arange(count).reshape((*lead, 1)) * size
    total = _summed(x.reshape(-1, 1), places.ravel(), count * size)
    return np.moveaxis(total.reshape((*lead, size)), -1, axis)


class _Unlocked:
    """An array that passes for writable: ``np.bincount`` copies an index that is not.

    Constants are read-only; for a million places the copy takes twice as long as the sum.
    """

    __slots__ = ("__array_interface__", "owner")

    def __init__(self, owner: Array) -> None:
        self.owner = owner
        about = owner.__array_interface__
        self.__array_interface__ = {**about, "data": (about["data"][0], False)}


def _summed(rows: Array, places: Array, size: int) -> Array:
    """``size`` rows of zeros with each of ``rows`` added at its place; one pass over ``rows``."""
    count, width = rows.shape
    if count and width == 1 and rows.dtype == np.float64:
        return np.bincount(np.asarray(_Unlocked(places)), rows[:, 0], size).reshape(size, 1)
    if rows.size < FEW or rows.dtype.kind == "b":
        total = np.zeros((size, width), rows.dtype)
        np.add.at(total, places, rows)
        return total
    from scipy import sparse

    ones, ends = np.ones(count, rows.dtype), np.arange(count + 1)
    return sparse.csc_matrix((ones, places, ends), shape=(size, count)) @ rows


def _places(indices: tuple[Array, ...], sizes: Shape) -> Array:
    """Index arrays for several axes as one for all of them together, in row-major order.

    Raises: IndexError for an index that is out of range.
    """
    place: Array = None
    for given, n in zip(indices, sizes, strict=True):
        i = np.asarray(given)
        if i.size:
            low, high = i.min(), i.max()
            if low < -n or high >= n:
                wrong = high if high >= n else low
                raise IndexError(f"index {int(wrong)} is out of bounds for size {int(n)}")
            if low < 0:
                i = np.where(i < 0, i + n, i)
        place = i if place is None else place * n + i
    return place


def _lead(i: Array, rank: int) -> Shape:
    return np.shape(i)[: max(np.ndim(i) - rank, 0)]


def _same_rank(*arrays: Array) -> list[Array]:
    """Arrays with axes put in front, so that all have as many."""
    rank = max(map(np.ndim, arrays))
    return [np.reshape(a, (1,) * (rank - np.ndim(a)) + np.shape(a)) for a in arrays]


# fmt: off
concatenate: Op = row("concatenate", arity=None, numpy="places.np_concatenate", kind=join,
    shape=_concatenate_shape, params=("axis",), spelled=concatenated, accuracy=(0.0, 0.0),
    rule=Linear(_concatenate_transpose))
tril: Op = row("tril", numpy="np.tril", shape=_matrix, kind=first, params=("k",),
    spelled=triangle, accuracy=(0.0, 0.0),
    rule=Linear(lambda g, node, i: make(tril, (g,), node.params),
        moves=lambda x, node: np.tril(x, node.params[0]), drops=True))
triu: Op = row("triu", numpy="np.triu", shape=_matrix, kind=first, params=("k",),
    spelled=triangle, accuracy=(0.0, 0.0),
    rule=Linear(lambda g, node, i: make(triu, (g,), node.params),
        moves=lambda x, node: np.triu(x, node.params[0]), drops=True))
gather: Op = row("gather", arity=None, numpy="places.np_gather", shape=_gather_shape, kind=first,
    params=("axis", "rank", "index_rank"), spelled=taken, accuracy=(0.0, 0.0), facts="selects",
    rule=Linear(_gather_transpose, count=1, widen=_widened, drops=True,
        moves=_gathered))
scatter_add: Op = row("scatter_add", arity=None, numpy="places.np_scatter_add",
    shape=_scatter_add_shape, kind=_added, params=("axis", "rank", "index_rank", "sizes"),
    facts="inner", accuracy=(1.0, 1.0),
    rule=Linear(_scatter_add_transpose, count=1, widen=_widened))
take_along_axis: Op = row("take_along_axis", arity=2, numpy="places.np_take_along_axis",
    shape=_along_shape, kind=first, params=("axis",), facts="aligns", accuracy=(0.0, 0.0),
    spelled=taken_along, rule=Linear(_take_along_transpose, count=1))
add_along_axis: Op = row("add_along_axis", arity=2, numpy="places.np_add_along_axis",
    shape=_add_along_shape, kind=_added, params=("axis", "size"), facts="aligns inner",
    accuracy=(1.0, 1.0),
    rule=Linear(_add_along_transpose, count=1))
