"""Operations along one axis that keep it: running sums and products, recurrences, sorting.

Parameters count axes from the end, so that values may carry any number of leading batch axes.

The derivative of running products is made of the linear recurrence
``y[k] = a[k]*y[k - 1] + b[k]``, whose own derivatives are recurrences: nothing is divided by an
element, so zeros need no care at any order.
"""

from __future__ import annotations

from functools import reduce
from math import isqrt
from operator import add
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..expr import Expr, Kind, Op, Params, Shape, broadcast_shapes, make
from ..messages import short
from ..rule import Custom, Linear, custom_of_one
from .arrays import reshape, sum_to
from .compare import STEP
from .row import promote, row
from .spelling import over_axes

Array = Any
SHORT = 256  # steps of a recurrence that are taken one by one


def _swept(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    """The shape of something done along one axis."""
    shape = broadcast_shapes(title, shapes)
    if not -len(shape) <= params[0] < 0:
        raise ShapeError(title, shapes, f"axis {short(params[0])} is out of range")
    return shape


def index_kind(kinds: tuple[Kind, ...]) -> Kind:
    return "int"


def _recur(a: Expr, b: Expr, axis: int, reverse: bool, exclusive: bool) -> Expr:
    """A recurrence of operands of equal rank: batch axes stand over batch axes."""
    rank = a.ndim if a.ndim > b.ndim else b.ndim
    a, b = [x if x.ndim == rank else _led(x, rank) for x in (a, b)]
    return make(recurrence, (a, b), (axis, reverse, exclusive))


def _led(x: Expr, rank: int) -> Expr:
    return make(reshape, (x,), (x.ndim, (1,) * (rank - x.ndim) + x.shape))


def _back(a: Expr, g: Expr, params: Params) -> Expr:
    """The cotangent of ``b`` in ``recurrence(a, b)``: a recurrence in the other direction."""
    axis, reverse, exclusive = params
    if exclusive:
        return _recur(a, g, axis, not reverse, True)
    return g + _recur(a, a * g, axis, not reverse, True)


def _before(node: Expr) -> Expr:
    """The outputs one step earlier."""
    return make(node.op, node.args, (*node.params[:2], True))


def _recurrence_tangent(node: Expr, dots: list[Expr | None]) -> Expr:
    a_dot, b_dot = dots
    terms = [] if b_dot is None else [b_dot]
    if a_dot is not None:
        terms.append(a_dot * _before(node))
    return _recur(node.args[0], reduce(add, terms), *node.params)


def _recurrence_cotangent(g: Expr, node: Expr, i: int) -> tuple[Expr, None]:
    back = _back(node.args[0], g, node.params)
    if i == 0:
        back = back * _before(node)
    return sum_to(back, node.shape, node.args[i].shape), None


def _cumsum_transpose(g: Expr, node: Expr, i: int) -> Expr:
    axis, reverse = node.params
    return make(cumsum, (g,), (axis, not reverse))


# -- on arrays -------------------------------------------------------------------------------------


def np_argsort(x: Array, axis: int) -> Array:
    return np.argsort(x, axis=axis, kind="stable")


def np_cumsum(x: Array, axis: int, reverse: bool) -> Array:
    if reverse:
        return np.flip(np.cumsum(np.flip(x, axis), axis=axis), axis)
    return np.cumsum(x, axis=axis)


def np_cumprod(x: Array, axis: int, reverse: bool, exclusive: bool) -> Array:
    x = np.flip(x, axis) if reverse else np.asarray(x)
    if exclusive:
        x = np.concatenate([np.ones_like(part(x, axis, 0, 1)), part(x, axis, 0, -1)], axis=axis)
    out = np.cumprod(x, axis=axis)
    return np.flip(out, axis) if reverse else out


def np_recurrence(a: Array, b: Array, axis: int, reverse: bool, exclusive: bool) -> Array:
    """``y[k] = a[k]*y[k - 1] + b[k]`` along an axis, started with 0; ``y[k - 1]`` if exclusive."""
    a, b = [np.moveaxis(x, axis, 0) for x in np.broadcast_arrays(a, b)]
    if reverse:
        a, b = a[::-1], b[::-1]
    y = _recurrence(a, b)
    if exclusive:
        y = np.concatenate([np.zeros_like(y[:1]), y[:-1]])
    return np.moveaxis(y[::-1] if reverse else y, 0, axis)


def _recurrence(a: Array, b: Array) -> Array:
    """Along the first axis; long ones by blocks side by side, which are joined at their ends."""
    n = len(a)
    y = np.array(b, dtype=np.result_type(a, b))
    if n <= SHORT:
        _run(a, y, 1)
        return y
    size = isqrt(n)
    whole = n - n % size
    inside, factors = [
        x[:whole].reshape(-1, size, *x.shape[1:]).swapaxes(0, 1).copy() for x in (y, a)
    ]
    _run(factors, inside, 1)
    scale = np.cumprod(factors, axis=0)
    ends = inside[-1].copy()
    _run(scale[-1], ends, 1)
    inside[:, 1:] += scale[:, 1:] * ends[:-1]
    y[:whole] = inside.swapaxes(0, 1).reshape(whole, *a.shape[1:])
    _run(a, y, whole)
    return y


def _run(a: Array, y: Array, start: int) -> None:
    """``y`` as the recurrence from its terms, in place, one step after another."""
    for k in range(start, len(y)):
        y[k] += a[k] * y[k - 1]


def part(x: Array, axis: int, start: int, stop: int) -> Array:
    return x[(..., slice(start, stop), *(slice(None),) * (-axis - 1))]


# fmt: off
cumsum: Op = row("cumsum", spelled=over_axes, numpy="sweeps.np_cumsum",
    params=("axis", "reverse"), shape=_swept, kind=promote, rule=Linear(_cumsum_transpose),
    accuracy=(2.0, 2.0))
cumprod: Op = row("cumprod", spelled=over_axes, numpy="sweeps.np_cumprod",
    params=("axis", "reverse", "exclusive"), shape=_swept, kind=promote,
    rule=custom_of_one(
        lambda node, dot: _recur(node.args[0], dot * _before(node), *node.params),
        lambda g, node: _back(node.args[0], g, node.params) * _before(node)), accuracy=(2.0, 4.0))
recurrence: Op = row("recurrence", arity=2, numpy="sweeps.np_recurrence",
    params=("axis", "reverse", "exclusive"), shape=_swept,
    rule=Custom(_recurrence_tangent, _recurrence_cotangent), facts="inner", accuracy=(4.0, 8.0))
argsort: Op = row("argsort", spelled=over_axes, numpy="sweeps.np_argsort",
    params=("axis",), shape=_swept, kind=index_kind, rule=STEP, accuracy=(0.0, 0.0))
