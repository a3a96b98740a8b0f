"""Functions along axes that are kept, and what is made of sorting; arguments as in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from math import prod as size_of
from typing import Any

from ..errors import ConversionError, ShapeError
from ..expr import Expr, ExprLike, as_expr, make
from ..messages import short
from . import arrays, places, reductions, sweeps
from .functions import Axis, normal_axes


def one_axis(name: str, x: ExprLike, axis: int | None) -> tuple[Expr, int]:
    """``x`` and its axis counted from the end; ``x`` flattened where the axis is None."""
    x = as_expr(x)
    if axis is None:
        return (x if x.ndim == 1 else make(arrays.reshape, (x,), (x.ndim, (x.size,)))), -1
    if isinstance(axis, (tuple, list)):
        raise ConversionError(f"{name} goes along one axis, got {short(axis)}")
    return x, normal_axes(name, axis, x)[0]


def cumsum(x: ExprLike, axis: int | None = None) -> Expr:
    """Sums of the elements up to each, along ``axis``, or of ``x`` flattened.

    >>> import symdiff as sd
    >>> sd.cumsum(sd.Var("X", (2, 3)), axis=0).shape
    (2, 3)
    """
    x, at = one_axis("cumsum", x, axis)
    return make(sweeps.cumsum, (x,), (at, False))


def cumprod(x: ExprLike, axis: int | None = None) -> Expr:
    """Products of the elements up to each, along ``axis``, or of ``x`` flattened.

    >>> import symdiff as sd
    >>> sd.cumprod(sd.Var("X", (2, 3))).shape
    (6,)
    """
    x, at = one_axis("cumprod", x, axis)
    return make(sweeps.cumprod, (x,), (at, False, False))


def softmax(x: ExprLike, axis: Axis = None) -> Expr:
    """``exp(x) / sum(exp(x))`` over all axes, or over ``axis``.

    Raises: ShapeError where there are no elements.

    >>> import symdiff as sd
    >>> x = sd.Var("x", (2,))
    >>> sd.evaluate(sd.softmax(x), {x: [1000.0, 1000.0]}).tolist()
    [0.5, 0.5]
    """
    x = as_expr(x)
    return make(reductions.softmax, (x,), (normal_axes("softmax", axis, x),))


def log_softmax(x: ExprLike, axis: Axis = None) -> Expr:
    """``x - logsumexp(x)`` over all axes, or over ``axis``.

    Raises: ShapeError where there are no elements.

    >>> import symdiff as sd
    >>> x = sd.Var("x", (2,))
    >>> sd.evaluate(sd.log_softmax(x), {x: [0.0, 1000.0]}).tolist()
    [-1000.0, 0.0]
    """
    x = as_expr(x)
    return make(reductions.log_softmax, (x,), (normal_axes("log_softmax", axis, x),))


def argsort(x: ExprLike, axis: int | None = -1) -> Expr:
    """The indices that sort ``x`` along ``axis``, or flattened; ties keep their order.

    >>> import symdiff as sd
    >>> sd.evaluate(sd.argsort(sd.stack([4, 5, 3]))).tolist()
    [2, 0, 1]
    """
    x, at = one_axis("argsort", x, axis)
    return make(sweeps.argsort, (x,), (at,))


def sort(x: ExprLike, axis: int | None = -1) -> Expr:
    """``x`` sorted along ``axis``, or flattened; derivatives follow the elements.

    >>> import symdiff as sd
    >>> x = sd.Var("x", (3,))
    >>> sd.evaluate(sd.jacobian(sd.sort(x), x), {x: [4.0, 5.0, 3.0]}).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    x, at = one_axis("sort", x, axis)
    order = make(sweeps.argsort, (x,), (at,))
    return make(places.take_along_axis, (x, order), (at,))


def median(x: ExprLike, axis: Axis = None, keepdims: bool = False) -> Expr:
    """The middle element, or the mean of the two in the middle.

    Raises: ShapeError where there are no elements.

    >>> import symdiff as sd
    >>> x = sd.Var("x", (4,))
    >>> print(sd.evaluate(sd.median(x), {x: [4.0, 5.0, 3.0, 0.0]}))
    3.5
    """
    x = as_expr(x)
    axes = normal_axes("median", axis, x)
    n = size_of([x.shape[a] for a in axes])
    if not n:
        raise ShapeError("median", (x.shape,), "nothing has no median")
    rest = tuple([a for a in range(-x.ndim, 0) if a not in axes])
    moved = make(arrays.transpose, (x,), ((*rest, *axes),)) if axes != _last(axes) else x
    lead = tuple([x.shape[a] for a in rest])
    flat = moved if len(axes) == 1 else make(arrays.reshape, (moved,), (x.ndim, (*lead, n)))
    ordered = sort(flat, -1)
    below, above = [make(arrays.index, (ordered,), ((k,),)) for k in ((n - 1) // 2, n // 2)]
    middle = (below + above) / 2
    if not keepdims:
        return middle
    ones = tuple([1 if a in axes else s for a, s in enumerate(x.shape, -x.ndim)])
    return make(arrays.reshape, (middle,), (middle.ndim, ones))


def _last(axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(range(-len(axes), 0))


PUBLIC: tuple[Callable[..., Any], ...] = (
    argsort, cumprod, cumsum, log_softmax, median, softmax, sort,
)  # fmt: skip
