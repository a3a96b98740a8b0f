"""Reductions, running sums, sorting with the arguments NumPy users expect, on top of the rows."""

from __future__ import annotations

from math import prod as size_of
from typing import Any

import numpy as np

from ..errors import ConversionError, ShapeError
from ..expr import Expr, ExprLike, Op, as_expr, make
from ..messages import short
from . import arrays, places, reductions, sweeps
from .compare import ne
from .functions import Axis, normal_axes, sum
from .structural import broadcast_to


def _reduce(op: Op, x: ExprLike, axis: Axis, keepdims: bool, *more: Any) -> Expr:
    x = as_expr(x)
    axes = normal_axes(op.name, axis, x)
    if not axes and op.kind is not None and op.kind((x.kind,)) == x.kind:
        return x  # one element: its own sum, product, largest and smallest
    return make(op, (x,), (axes, bool(keepdims), *more))


def _of_shape(op: Op, x: ExprLike, axis: Axis) -> Expr:
    """What an operation along axes makes of each element."""
    x = as_expr(x)
    return make(op, (x,), (normal_axes(op.name, axis, x),))


def one_axis(name: str, x: ExprLike, axis: int | None) -> tuple[Expr, int]:
    """``x`` and its axis counted from the end; ``x`` flattened where the axis is None."""
    x = as_expr(x)
    if axis is None:
        return (x if x.ndim == 1 else make(arrays.reshape, (x,), (x.ndim, (x.size,)))), -1
    if isinstance(axis, (tuple, list)):
        raise ConversionError(f"{name} goes along one axis, got {short(axis)}")
    return x, normal_axes(name, axis, x)[0]


def prod(x: ExprLike, axis: Axis = None, keepdims: bool = False) -> Expr:
    """The product over all axes, or over ``axis``; 1 of nothing.

    >>> import symdiff as sd
    >>> x = sd.Var("x", (3,))
    >>> sd.evaluate(sd.grad(sd.prod(x), x), {x: [0.0, 2.0, 3.0]}).tolist()
    [6.0, 0.0, 0.0]
    """
    return _reduce(reductions.prod, x, axis, keepdims)


def max(x: ExprLike, axis: Axis = None, keepdims: bool = False) -> Expr:
    """The largest element over all axes, or over ``axis``; ties share the derivative equally.

    Raises: ShapeError where there are no elements.

    >>> import symdiff as sd
    >>> x = sd.Var("x", (3,))
    >>> sd.evaluate(sd.grad(sd.max(x), x), {x: [1.0, 3.0, 3.0]}).tolist()
    [0.0, 0.5, 0.5]
    """
    return _reduce(reductions.max, x, axis, keepdims)


def min(x: ExprLike, axis: Axis = None, keepdims: bool = False) -> Expr:
    """The smallest element over all axes, or over ``axis``; ties share the derivative equally.

    Raises: ShapeError where there are no elements.

    >>> import symdiff as sd
    >>> sd.min(sd.Var("X", (2, 3)), axis=1).shape
    (2,)
    """
    return _reduce(reductions.min, x, axis, keepdims)


def is_max(x: ExprLike, axis: Axis = None) -> Expr:
    """Which elements are the largest of all, or along ``axis``: ``x == max(x)`` of the shape of x.

    Raises: ShapeError where there are no elements.

    >>> import symdiff as sd
    >>> sd.evaluate(sd.is_max(sd.stack([3, 1, 3]))).tolist()
    [True, False, True]
    """
    return _of_shape(reductions.is_max, x, axis)


def is_min(x: ExprLike, axis: Axis = None) -> Expr:
    """Which elements are the smallest of all, or along ``axis``: ``x == min(x)`` of the shape of x.

    Raises: ShapeError where there are no elements.

    >>> import symdiff as sd
    >>> sd.evaluate(sd.is_min(sd.stack([3, 1, 3]))).tolist()
    [False, True, False]
    """
    return _of_shape(reductions.is_min, x, axis)


def ptp(x: ExprLike, axis: Axis = None, keepdims: bool = False) -> Expr:
    """The largest element less the smallest.

    >>> import symdiff as sd
    >>> sd.evaluate(sd.ptp(sd.stack([1, 5, 3])))
    4
    """
    return max(x, axis, keepdims) - min(x, axis, keepdims)


def mean(x: ExprLike, axis: Axis = None, keepdims: bool = False) -> Expr:
    """The mean over all axes, or over ``axis``.

    >>> import symdiff as sd
    >>> sd.mean(sd.Var("X", (2, 3)), axis=0).shape
    (3,)
    """
    x = as_expr(x)
    return sum(x, axis, keepdims) / size_of([x.shape[a] for a in normal_axes("mean", axis, x)])


def average(
    x: ExprLike, axis: Axis = None, weights: ExprLike | None = None, *, keepdims: bool = False
) -> Expr:
    """The mean weighted with ``weights``: of the shape of ``x``, or a vector for a single axis.

    Raises: ShapeError.

    >>> import symdiff as sd
    >>> x = sd.Var("x", (3,))
    >>> print(sd.evaluate(sd.average(x, weights=[1, 1, 2]), {x: [1.0, 2.0, 3.0]}))
    2.25
    """
    x = as_expr(x)
    if weights is None:
        return mean(x, axis, keepdims)
    given = weights if isinstance(weights, Expr) else as_expr(np.asarray(weights))
    axes = normal_axes("average", axis, x)
    if given.shape != x.shape:
        if axis is None or given.shape != tuple([x.shape[a] for a in axes]):
            raise ShapeError("average", (x.shape, given.shape), "weights must fit x or its axis")
        stretched = tuple([n if a in axes else 1 for a, n in enumerate(x.shape, -x.ndim)])
        given = make(arrays.reshape, (given,), (given.ndim, stretched))
    shares = broadcast_to(given, x.shape)
    return sum(x * given, axis, keepdims) / sum(shares, axis, keepdims)


def var(x: ExprLike, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Expr:
    """The variance: squared differences from the mean, added and divided by ``n - ddof``.

    >>> import symdiff as sd
    >>> x = sd.Var("x", (3,))
    >>> print(sd.evaluate(sd.var(x, ddof=1), {x: [1.0, 2.0, 3.0]}))
    1.0
    """
    return _reduce(reductions.var, x, axis, keepdims, ddof)


def std(x: ExprLike, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Expr:
    """The square root of the variance; its derivative is 0 where all elements are equal.

    >>> import symdiff as sd
    >>> x = sd.Var("x", (3,))
    >>> print(sd.evaluate(sd.std(x, ddof=1), {x: [1.0, 2.0, 3.0]}))
    1.0
    """
    return _reduce(reductions.std, x, axis, keepdims, ddof)


def logsumexp(x: ExprLike, axis: Axis = None, keepdims: bool = False) -> Expr:
    """``log(sum(exp(x)))`` without overflow.

    Raises: ShapeError where there are no elements.

    >>> import symdiff as sd
    >>> x = sd.Var("x", (2,))
    >>> print(sd.evaluate(sd.logsumexp(x), {x: [1000.0, 1000.0]}))
    1000.6931471805599
    """
    return _reduce(reductions.logsumexp, x, axis, keepdims)


def any(x: ExprLike, axis: Axis = None, keepdims: bool = False) -> Expr:
    """Whether some element is true, that is not 0.

    >>> import symdiff as sd
    >>> sd.any(sd.Var("x", (3,)) > 0).kind
    'bool'
    """
    return _reduce(reductions.any, x, axis, keepdims)


def all(x: ExprLike, axis: Axis = None, keepdims: bool = False) -> Expr:
    """Whether every element is true, that is not 0.

    >>> import symdiff as sd
    >>> sd.all(sd.Var("x", (3,)) > 0).kind
    'bool'
    """
    return _reduce(reductions.all, x, axis, keepdims)


def count_nonzero(x: ExprLike, axis: Axis = None, keepdims: bool = False) -> Expr:
    """The number of elements that are not 0.

    >>> import symdiff as sd
    >>> sd.evaluate(sd.count_nonzero(sd.stack([0, 5, 3])))
    2
    """
    return sum(ne(x, 0), axis, keepdims)


def argmax(x: ExprLike, axis: int | None = None, keepdims: bool = False) -> Expr:
    """The index of the largest element along ``axis``, or of ``x`` flattened; the first of ties.

    Raises: ShapeError where there are no elements.

    >>> import symdiff as sd
    >>> sd.evaluate(sd.argmax(sd.stack([1, 5, 3])))
    1
    """
    return _arg(reductions.argmax, x, axis, keepdims)


def argmin(x: ExprLike, axis: int | None = None, keepdims: bool = False) -> Expr:
    """The index of the smallest element along ``axis``, or of ``x`` flattened; the first of ties.

    Raises: ShapeError where there are no elements.

    >>> import symdiff as sd
    >>> sd.evaluate(sd.argmin(sd.stack([4, 5, 3])))
    2
    """
    return _arg(reductions.argmin, x, axis, keepdims)


def _arg(op: Op, x: ExprLike, axis: int | None, keepdims: bool) -> Expr:
    x = as_expr(x)
    flat, at = one_axis(op.name, x, axis)
    found = make(op, (flat,), (at, keepdims and axis is not None))
    ones = keepdims and axis is None and x.ndim > 0
    return make(arrays.reshape, (found,), (0, (1,) * x.ndim)) if ones else found


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
    return _of_shape(reductions.softmax, x, axis)


def log_softmax(x: ExprLike, axis: Axis = None) -> Expr:
    """``x - logsumexp(x)`` over all axes, or over ``axis``.

    Raises: ShapeError where there are no elements.

    >>> import symdiff as sd
    >>> x = sd.Var("x", (2,))
    >>> sd.evaluate(sd.log_softmax(x), {x: [0.0, 1000.0]}).tolist()
    [-1000.0, 0.0]
    """
    return _of_shape(reductions.log_softmax, x, axis)


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
    last = tuple(range(-len(axes), 0))
    moved = x if axes == last else make(arrays.transpose, (x,), ((*rest, *axes),))
    lead = tuple([x.shape[a] for a in rest])
    flat = moved if len(axes) == 1 else make(arrays.reshape, (moved,), (x.ndim, (*lead, n)))
    ordered = sort(flat, -1)
    below, above = [make(arrays.index, (ordered,), ((k,),)) for k in ((n - 1) // 2, n // 2)]
    middle = (below + above) / 2
    if not keepdims:
        return middle
    ones = tuple([1 if a in axes else s for a, s in enumerate(x.shape, -x.ndim)])
    return make(arrays.reshape, (middle,), (middle.ndim, ones))


PUBLIC = (
    all, any, argmax, argmin, argsort, average, count_nonzero, cumprod, cumsum, is_max, is_min,
    log_softmax, logsumexp, max, mean, median, min, prod, ptp, softmax, sort, std, var,
)  # fmt: skip
