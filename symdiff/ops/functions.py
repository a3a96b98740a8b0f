"""Array operations with the arguments NumPy users expect, on top of the rows."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from math import prod
from typing import TypeAlias

from ..errors import ArgumentError, ShapeError
from ..expr import Expr, ExprLike, Shape, as_expr, make
from ..leaves import sizes
from ..messages import short
from . import arithmetic, arrays
from .elementary import sigmoid_cross_entropy

Axis: TypeAlias = int | Sequence[int] | None


def normal_axis(name: str, axis: int, shape: Shape, rank: int) -> int:
    """``axis`` counted from the end of ``rank`` axes."""
    axis = operator.index(axis)
    if not -rank <= axis < rank:
        raise ShapeError(name, (shape,), f"axis {short(axis)} is out of range for {rank} axes")
    return axis if axis < 0 else axis - rank


# What those want who give a reduction of an array two values.
_OF_TWO = {"max": "sd.maximum(x, y)", "min": "sd.minimum(x, y)", "sum": "x + y", "prod": "x*y",
           "any": "x | y", "all": "x & y", "mean": "(x + y)/2"}  # fmt: skip


def normal_axes(name: str, axis: Axis, x: Expr) -> Shape:
    """The axes that an ``axis`` argument means, sorted, counted from the end.

    Raises: ShapeError for one that ``x`` does not have or that is named twice, ArgumentError for
    an expression.
    """
    if axis is None:
        return tuple(range(-x.ndim, 0))
    of_two = f"; of two values, element by element: {_OF_TWO[name]}" if name in _OF_TWO else ""
    if isinstance(axis, Expr):
        raise ArgumentError(
            f"{name}(x, axis) goes along an axis of x, a whole number, got {short(axis)}{of_two}"
        )
    given = tuple(axis) if isinstance(axis, Sequence) else (axis,)
    if given and not x.ndim:
        raise ShapeError(name, (x.shape,), f"a scalar has no axis {short(axis)}{of_two}")
    axes = tuple(sorted({normal_axis(name, a, x.shape, x.ndim) for a in given}))
    if len(axes) < len(given):
        raise ShapeError(name, (x.shape,), f"an axis appears twice in {short(given)}")
    return axes


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
    return make(arrays.stack, nodes, (normal_axis("stack", axis, nodes[0].shape, rank),))


def sum(x: ExprLike, axis: Axis = None, keepdims: bool = False) -> Expr:
    """The sum over all axes, or over ``axis``; 0 of nothing, an int of truth values.

    >>> import symdiff as sd
    >>> sd.sum(sd.Var("X", (2, 3)), axis=0).shape
    (3,)
    """
    x = as_expr(x)
    axes = normal_axes("sum", axis, x)
    return make(arrays.sum, (x,), (axes, bool(keepdims))) if axes or x.kind == "bool" else x


def reshape(x: ExprLike, shape: int | Sequence[int]) -> Expr:
    """``x`` in another shape with the same elements in row-major order; one size may be -1.

    >>> import symdiff as sd
    >>> sd.reshape(sd.Var("X", (2, 3)), (3, -1)).shape
    (3, 2)
    """
    x = as_expr(x)
    new = sizes("reshape", shape)
    if min(new, default=0) < -1:
        raise ShapeError("reshape", (x.shape, new), "sizes cannot be negative")
    if -1 in new:
        known = prod([n for n in new if n != -1])
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
    return make(arrays.broadcast_to, (x,), (x.ndim, sizes("broadcast_to", shape)))


def transpose(x: ExprLike, axes: Sequence[int] | None = None) -> Expr:
    """The axes of ``x`` reversed, or in the order ``axes``.

    >>> import symdiff as sd
    >>> sd.transpose(sd.Var("X", (2, 3))).shape
    (3, 2)
    """
    x = as_expr(x)
    given = tuple(reversed(range(x.ndim))) if axes is None else tuple(axes)
    order = tuple(normal_axis("transpose", a, x.shape, x.ndim) for a in given)
    if sorted(order) != list(range(-x.ndim, 0)):
        raise ShapeError("transpose", (x.shape, given), "axes must name every axis once")
    return make(arrays.transpose, (x,), (order,))


def floor_divide(x: ExprLike, y: ExprLike) -> Expr:
    """``floor(x / y)``, which ``x // y`` means; a real number, of ints as well.

    Shapes: those of x and y broadcast.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> x // 2
    floor(x/2)
    """
    return arithmetic.floor(arithmetic.div(x, y))


def sigmoid_cross_entropy_with_logits(labels: ExprLike, logits: ExprLike) -> Expr:
    """``-z*log(sigmoid(x)) - (1 - z)*log(1 - sigmoid(x))`` for each label z and logit x.

    Computed as ``max(x, 0) - x*z + log1p(exp(-abs(x)))``; its slope by x is ``sigmoid(x) - z``.

    Shapes: those of labels and logits broadcast.

    >>> import symdiff as sd
    >>> z, x = sd.vars("z x")
    >>> sd.grad(sd.sigmoid_cross_entropy_with_logits(labels=z, logits=x), x)
    sigmoid(x) - z
    """
    return sigmoid_cross_entropy(labels, logits)


PUBLIC = (
    stack, sum, reshape, broadcast_to, transpose, floor_divide, sigmoid_cross_entropy_with_logits,
)  # fmt: skip
