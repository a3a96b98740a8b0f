"""Array operations with the arguments NumPy users expect, on top of the rows."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from ..errors import ConversionError, ShapeError
from ..expr import Expr, ExprLike, Shape, as_expr, make
from . import arrays
from .kernels import encode


def _normal_axis(name: str, axis: int, shape: Shape, rank: int) -> int:
    """``axis`` counted from the end of ``rank`` axes."""
    if not -rank <= axis < rank:
        raise ShapeError(name, (shape,), f"axis {axis} is out of range for {rank} axes")
    return axis if axis < 0 else axis - rank


def stack(parts: Iterable[ExprLike], axis: int = 0) -> Expr:
    """Expressions of one shape along a new axis.

    Shapes: n parts of shape s give s with n put in at ``axis``.

    >>> import symdiff as sd
    >>> sd.stack(sd.vars("x y")).shape
    (2,)
    """
    nodes = tuple(map(as_expr, parts))
    if not nodes:
        raise ShapeError("stack", (), "give at least one part")
    if len({node.shape for node in nodes}) > 1:
        raise ShapeError("stack", tuple(n.shape for n in nodes), "they must be equal")
    rank = nodes[0].ndim + 1
    return make(arrays.stack, nodes, (_normal_axis("stack", axis, nodes[0].shape, rank),))


def sum(x: ExprLike, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Expr:
    """The sum over all axes, or over ``axis``.

    >>> import symdiff as sd
    >>> sd.sum(sd.Var("X", (2, 3)), axis=0).shape
    (3,)
    """
    x = as_expr(x)
    if axis is None:
        axis = range(x.ndim)
    given = (axis,) if isinstance(axis, int) else tuple(axis)
    axes = tuple(sorted({_normal_axis("sum", a, x.shape, x.ndim) for a in given}))
    if len(axes) < len(given):
        raise ShapeError("sum", (x.shape,), f"an axis appears twice in {given}")
    return make(arrays.sum, (x,), (axes, keepdims)) if axes else x


def reshape(x: ExprLike, shape: int | Sequence[int]) -> Expr:
    """``x`` in another shape with the same elements in row-major order; one size may be -1.

    >>> import symdiff as sd
    >>> sd.reshape(sd.Var("X", (2, 3)), (3, -1)).shape
    (3, 2)
    """
    x = as_expr(x)
    new = (shape,) if isinstance(shape, int) else tuple(map(int, shape))
    if -1 in new:
        known = int(np.prod([n for n in new if n != -1], dtype=np.int64))
        if new.count(-1) > 1 or not known or x.size % known:
            raise ShapeError("reshape", (x.shape, new), "the size for -1 is not determined")
        new = tuple(x.size // known if n == -1 else n for n in new)
    return make(arrays.reshape, (x,), (x.ndim, new))


def broadcast_to(x: ExprLike, shape: int | Sequence[int]) -> Expr:
    """``x`` stretched to ``shape`` by NumPy's rule.

    >>> import symdiff as sd
    >>> sd.broadcast_to(sd.Var("x"), (2, 3)).shape
    (2, 3)
    """
    x = as_expr(x)
    new = (shape,) if isinstance(shape, int) else tuple(map(int, shape))
    return make(arrays.broadcast_to, (x,), (x.ndim, new))


def transpose(x: ExprLike, axes: Sequence[int] | None = None) -> Expr:
    """The axes of ``x`` reversed, or in the order ``axes``.

    >>> import symdiff as sd
    >>> sd.transpose(sd.Var("X", (2, 3))).shape
    (3, 2)
    """
    x = as_expr(x)
    given = tuple(reversed(range(x.ndim))) if axes is None else tuple(axes)
    order = tuple(_normal_axis("transpose", a, x.shape, x.ndim) for a in given)
    if sorted(order) != list(range(-x.ndim, 0)):
        raise ShapeError("transpose", (x.shape, given), "axes must name every axis once")
    return make(arrays.transpose, (x,), (order,))


def eye(n: int) -> Expr:
    """The identity matrix, shape (n, n).

    >>> import symdiff as sd
    >>> sd.eye(3).shape
    (3, 3)
    """
    if not isinstance(n, (int, np.integer)) or isinstance(n, bool) or n < 0:
        raise ConversionError(f"eye takes the number of rows, an integer, got {n!r}")
    return make(arrays.eye, (), ((int(n),),))


def _index_item(item: Any) -> Any:
    """One item of an index with its integers as ``int``: equal nodes have equal texts."""
    if item is None or item is Ellipsis:
        return item
    if isinstance(item, (int, np.integer)) and not isinstance(item, bool):
        return int(item)
    if isinstance(item, slice):
        bounds = (item.start, item.stop, item.step)
        if item.step == 0:
            raise ConversionError("the step of a slice cannot be zero")
        with suppress(TypeError):
            return slice(*[None if b is None else int(operator.index(b)) for b in bounds])
    raise ConversionError(f"an index is made of integers, slices, ... and None: {item!r}")


def getitem(x: Expr, at: Any) -> Expr:
    """``x[at]`` with integers, slices, ``...`` and ``None``, as in NumPy."""
    at = tuple([_index_item(item) for item in (at if isinstance(at, tuple) else (at,))])
    if at.count(Ellipsis) > 1:
        raise ConversionError("an index has ... at most once")
    used = len([item for item in at if item is not None and item is not Ellipsis])
    if used > x.ndim:
        raise ShapeError("index", (x.shape,), f"{used} indices for {x.ndim} axes")
    fill = at.index(Ellipsis) if Ellipsis in at else len(at)
    at = at[:fill] + (slice(None),) * (x.ndim - used) + at[fill + 1 :]
    axes = iter(x.shape)
    for item in at:
        n = 0 if item is None else next(axes)
        if isinstance(item, int) and not -n <= item < n:
            raise ShapeError("index", (x.shape,), f"index {item} is out of range for size {n}")
    return make(arrays.index, (x,), (encode(at),))
