"""Axes moved, put in, repeated and reversed, with the arguments NumPy users expect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import index as as_int
from typing import Any

import numpy as np

from ..errors import ConversionError, ShapeError
from ..expr import Expr, ExprLike, Shape, as_expr, broadcast_shapes, make
from ..messages import short
from . import arrays, places
from .functions import normal_axis, reshape, transpose
from .indexing import getitem, take
from .structural import broadcast_to

Axes = int | Sequence[int]


def integers(value: Any) -> tuple[int, ...]:
    """An integer or several as a tuple."""
    several = isinstance(value, Iterable) and getattr(value, "ndim", 1) != 0
    return tuple(map(as_int, value)) if several else (as_int(value),)


def from_start(name: str, axis: Axes, shape: Shape, rank: int) -> tuple[int, ...]:
    """``axis`` as different places counted from the first of ``rank`` axes.

    Raises: ShapeError for an axis out of range or named twice.
    """
    found = tuple([normal_axis(name, a, shape, rank) + rank for a in integers(axis)])
    if len(set(found)) < len(found):
        raise ShapeError(name, (shape,), f"an axis appears twice in {short(axis)}")
    return found


def swapaxes(x: ExprLike, axis1: int, axis2: int) -> Expr:
    """``x`` with two axes exchanged.

    >>> import symdiff as sd
    >>> sd.swapaxes(sd.Var("X", (2, 3, 4)), 0, -1).shape
    (4, 3, 2)
    """
    x = as_expr(x)
    order = list(range(x.ndim))
    one, other = [normal_axis("swapaxes", a, x.shape, x.ndim) for a in (axis1, axis2)]
    order[one], order[other] = order[other], order[one]
    return transpose(x, order)


def moveaxis(x: ExprLike, source: Axes, destination: Axes) -> Expr:
    """``x`` with the axes ``source`` at the places ``destination``, the others in their order.

    >>> import symdiff as sd
    >>> sd.moveaxis(sd.Var("X", (2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    x = as_expr(x)
    taken = from_start("moveaxis", source, x.shape, x.ndim)
    wanted = from_start("moveaxis", destination, x.shape, x.ndim)
    if len(taken) != len(wanted):
        raise ShapeError("moveaxis", (x.shape,), f"{len(taken)} axes to {len(wanted)} places")
    order = [a for a in range(x.ndim) if a not in taken]
    for place, axis in sorted(zip(wanted, taken, strict=True)):
        order.insert(place, axis)
    return transpose(x, order)


def matrix_transpose(x: ExprLike) -> Expr:
    """``x`` with its last two axes exchanged.

    >>> import symdiff as sd
    >>> sd.matrix_transpose(sd.Var("X", (2, 3, 4))).shape
    (2, 4, 3)
    """
    x = as_expr(x)
    if x.ndim < 2:
        raise ShapeError("matrix_transpose", (x.shape,), "a matrix has two axes")
    return make(arrays.transpose, (x,), ((-1, -2),))


def ravel(x: ExprLike) -> Expr:
    """The elements of ``x`` in row-major order, as a vector.

    >>> import symdiff as sd
    >>> sd.ravel(sd.Var("X", (2, 3))).shape
    (6,)
    """
    return reshape(x, -1)


def squeeze(x: ExprLike, axis: Axes | None = None) -> Expr:
    """``x`` without its axes of size 1, or without those in ``axis``.

    Raises: ShapeError for an axis of another size.

    >>> import symdiff as sd
    >>> sd.squeeze(sd.Var("X", (1, 3, 1))).shape, sd.squeeze(sd.Var("X", (1, 3, 1)), 0).shape
    ((3,), (3, 1))
    """
    x = as_expr(x)
    if axis is None:
        dropped = tuple([a for a, n in enumerate(x.shape) if n == 1])
    else:
        dropped = from_start("squeeze", axis, x.shape, x.ndim)
    if any(x.shape[a] != 1 for a in dropped):
        raise ShapeError(
            "squeeze", (x.shape,), f"only axes of size 1 can be dropped, not {short(axis)}"
        )
    return reshape(x, [n for a, n in enumerate(x.shape) if a not in dropped])


def expand_dims(x: ExprLike, axis: Axes) -> Expr:
    """``x`` with axes of size 1 put in, so that they have the places ``axis``.

    >>> import symdiff as sd
    >>> sd.expand_dims(sd.Var("X", (2, 3)), (0, -1)).shape
    (1, 2, 3, 1)
    """
    x = as_expr(x)
    rank = x.ndim + len(integers(axis))
    new = from_start("expand_dims", axis, x.shape, rank)
    sizes = iter(x.shape)
    return reshape(x, [1 if a in new else next(sizes) for a in range(rank)])


def tile(x: ExprLike, reps: int | Sequence[int]) -> Expr:
    """``x`` laid side by side, ``reps`` times along each of the last axes.

    Raises: ShapeError for a negative number of times.

    >>> import symdiff as sd
    >>> sd.tile(sd.Var("X", (2, 3)), (2, 1, 2)).shape
    (2, 2, 6)
    """
    x, times = as_expr(x), integers(reps)
    if min(times, default=0) < 0:
        raise ShapeError("tile", (x.shape, times), "nothing can be repeated a negative number")
    rank = max(x.ndim, len(times))
    shape = (1,) * (rank - x.ndim) + x.shape
    times = (1,) * (rank - len(times)) + times
    apart = [n for size in shape for n in (1, size)]
    whole = tuple([n for pair in zip(times, shape, strict=True) for n in pair])
    spread = broadcast_to(reshape(x, apart), whole)
    return reshape(spread, [t * n for t, n in zip(times, shape, strict=True)])


def repeat(x: ExprLike, repeats: int | Sequence[int], axis: int | None = None) -> Expr:
    """Every element along ``axis`` ``repeats`` times in a row, or each its own number of times.

    Without ``axis``, the elements of ``x`` in row-major order.

    Raises: ShapeError for negative numbers, or another number of them than elements.

    >>> import symdiff as sd
    >>> x = sd.Var("x", (2,))
    >>> sd.repeat(x, 3).shape, sd.repeat(x, [1, 2]).shape
    ((6,), (3,))
    """
    x = as_expr(x)
    shape = x.shape
    if axis is None:
        x, axis = reshape(x, -1), 0
    (at,) = from_start("repeat", axis, shape, x.ndim)
    n = x.shape[at]
    times = integers(repeats)
    if min(times, default=0) < 0 or len(times) not in (1, n):
        raise ShapeError("repeat", (shape,), f"{short(repeats)} is no number of times for size {n}")
    if len(times) == n != 1:
        return take(x, np.repeat(np.arange(n), times), at)
    before, after = x.shape[:at], x.shape[at + 1 :]
    spread = broadcast_to(reshape(x, (*before, n, 1, *after)), (*before, n, times[0], *after))
    return reshape(spread, (*before, n * times[0], *after))


def flip(x: ExprLike, axis: Axes | None = None) -> Expr:
    """``x`` in reverse along ``axis``, by default along every one.

    >>> import symdiff as sd
    >>> print(sd.flip(sd.Var("X", (2, 3)), axis=0))
    X[::-1]
    """
    x = as_expr(x)
    turned = range(x.ndim) if axis is None else from_start("flip", axis, x.shape, x.ndim)
    steps = [-1 if a in turned else None for a in range(x.ndim)]
    return getitem(x, tuple([slice(None, None, step) for step in steps]))


def roll(x: ExprLike, shift: int | Sequence[int], axis: Axes | None = None) -> Expr:
    """``x`` moved by ``shift`` places along ``axis``; what leaves at one end enters at the other.

    Without ``axis``, the elements in row-major order are moved.

    Raises: ShapeError where ``shift`` and ``axis`` have different lengths.

    >>> import symdiff as sd
    >>> sd.evaluate(sd.roll(sd.Var("x", (4,)), 1), x=[1., 2., 3., 4.]).tolist()
    [4.0, 1.0, 2.0, 3.0]
    """
    x = as_expr(x)
    if axis is None:
        return reshape(_rolled(reshape(x, -1), sum(integers(shift)), 0), x.shape)
    shifts, axes = integers(shift), integers(axis)
    (count,) = broadcast_shapes("roll", ((len(shifts),), (len(axes),)))
    moves = dict.fromkeys(range(x.ndim), 0)
    for k in range(count):
        a = axes[k % len(axes)]
        moves[normal_axis("roll", a, x.shape, x.ndim) + x.ndim] += shifts[k % len(shifts)]
    for a, move in moves.items():
        x = _rolled(x, move, a)
    return x


def _rolled(x: Expr, shift: int, axis: int) -> Expr:
    n = x.shape[axis]
    cut = -shift % n if n else 0
    if not cut:
        return x
    before = (slice(None),) * axis
    parts = (getitem(x, (*before, slice(cut, None))), getitem(x, (*before, slice(None, cut))))
    return make(places.concatenate, parts, (axis - x.ndim,))


def atleast_1d(*xs: ExprLike) -> Any:
    """Each as an array of at least one axis; a tuple of them if there are several.

    >>> import symdiff as sd
    >>> sd.atleast_1d(sd.Var("x")).shape
    (1,)
    """
    return _each([x if x.ndim else reshape(x, (1,)) for x in map(as_expr, xs)])


def atleast_2d(*xs: ExprLike) -> Any:
    """Each as an array of at least two axes, a vector as a row; a tuple if there are several.

    >>> import symdiff as sd
    >>> sd.atleast_2d(sd.Var("x", (3,))).shape
    (1, 3)
    """
    return _each([reshape(x, (1,) * (2 - x.ndim) + x.shape) if x.ndim < 2 else x
                  for x in map(as_expr, xs)])  # fmt: skip


def atleast_3d(*xs: ExprLike) -> Any:
    """Each as an array of at least three axes, as NumPy does: the last axis is a new one.

    >>> import symdiff as sd
    >>> sd.atleast_3d(sd.Var("x", (3,))).shape
    (1, 3, 1)
    """
    return _each([reshape(x, ((1,) * (2 - x.ndim) + x.shape + (1,))[-3:]) if x.ndim < 3 else x
                  for x in map(as_expr, xs)])  # fmt: skip


def _each(found: list[Expr]) -> Any:
    return found[0] if len(found) == 1 else tuple(found)


def broadcast_arrays(*xs: ExprLike) -> tuple[Expr, ...]:
    """All stretched to their common shape.

    Raises: ShapeError where they do not broadcast.

    >>> import symdiff as sd
    >>> [x.shape for x in sd.broadcast_arrays(sd.Var("x", (3,)), sd.Var("y", (2, 1)))]
    [(2, 3), (2, 3)]
    """
    nodes = [as_expr(x) for x in xs]
    shape = broadcast_shapes("broadcast_arrays", tuple([x.shape for x in nodes]))
    return tuple([broadcast_to(x, shape) for x in nodes])


def meshgrid(*xi: ExprLike, sparse: bool = False, indexing: str = "xy") -> tuple[Expr, ...]:
    """Coordinates of a grid from one vector per axis; ``sparse`` leaves them to be broadcast.

    ``indexing="xy"`` exchanges the first two axes, as for pictures.

    Raises: ShapeError for what is no vector or scalar, ConversionError for another ``indexing``.

    >>> import symdiff as sd
    >>> [g.shape for g in sd.meshgrid(sd.Var("x", (3,)), sd.Var("y", (2,)))]
    [(2, 3), (2, 3)]
    """
    if indexing not in ("xy", "ij"):
        raise ConversionError(f"indexing is 'xy' or 'ij', got {short(indexing)}")
    nodes = [reshape(as_expr(x), -1) for x in xi]
    rank = len(nodes)
    order = list(range(rank))
    if indexing == "xy" and rank > 1:
        order[:2] = [1, 0]
    grids = []
    for x, axis in zip(nodes, order, strict=True):
        grids.append(reshape(x, tuple([x.size if a == axis else 1 for a in range(rank)])))
    return tuple(grids) if sparse else broadcast_arrays(*grids)


PUBLIC: tuple[Callable[..., Any], ...] = (
    swapaxes, moveaxis, matrix_transpose, ravel, squeeze, expand_dims, tile, repeat, flip, roll,
    atleast_1d, atleast_2d, atleast_3d, broadcast_arrays, meshgrid,
)  # fmt: skip
