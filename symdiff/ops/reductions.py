"""Reductions.  Parameters count axes from the end, so that a value, a tangent or a cotangent may
carry any number of leading batch axes.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod as size_of
from typing import Any, TypeAlias

import numpy as np

from ..domain import NONNEGATIVE, Interval
from ..errors import ShapeError
from ..expr import Expr, Op, Params, Shape, make
from ..leaves import const
from ..rule import Custom, custom_of_one
from .arrays import reduced_shape, reshape, sum, transpose
from .compare import STEP, tie, where
from .row import boolean, join, promote, row
from .spelling import norm as spelled_norm
from .spelling import over_axes, reduction
from .structural import broadcast_to
from .sweeps import cumprod, index_kind, part

Axes: TypeAlias = tuple[int, ...]
Array: TypeAlias = Any
SMALLEST = 1e-140  # of the norms whose squares have all their bits


def kept(g: Expr, node: Expr) -> Expr:
    """``g``, of the shape of a reduction after batch axes, with its dropped axes of size 1."""
    (x,), axes, keepdims = node.args, node.params[0], node.params[1]
    if keepdims or not axes or not g.shape:
        return g
    return make(reshape, (g,), (node.ndim, reduced_shape("", (x.shape,), (axes, True))))


def total(x: Expr, axes: Axes, keepdims: bool) -> Expr:
    return make(sum, (x,), (axes, keepdims)) if axes else x


def _reduction(slopes: Callable[[Expr], Expr]) -> Custom:
    """The rule of a reduction whose output has the derivatives ``slopes(node)``, shaped as x."""
    return custom_of_one(
        lambda node, dot: total(slopes(node) * dot, *node.params[:2]),
        lambda g, node: slopes(node) * kept(g, node),
    )


def _nonempty(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    """The shape of a reduction that has no value on nothing."""
    (shape,), axes = shapes, params[0]
    for axis in axes if isinstance(axes, tuple) else (axes,):
        if shape[axis] == 0:
            raise ShapeError(title, shapes, f"axis {axis} is empty, which has no {title.lower()}")
    return reduced_shape(title, shapes, params)


def _unreduced(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    _nonempty(title, shapes, (params[0], True))
    return shapes[0]


def _single(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    return _nonempty(title, shapes, ((params[0],), params[1]))


# -- products --------------------------------------------------------------------------------------


def _others(node: Expr) -> Expr:
    """For each element the product of all others: those before it times those behind it."""
    (x,), axes = node.args, node.params[0]
    if not axes:
        return const(1)
    if len(axes) == 1:
        before, behind = [make(cumprod, (x,), (axes[0], back, True)) for back in (False, True)]
        return before * behind
    order = tuple([a for a in range(-x.ndim, 0) if a not in axes]) + axes
    there = x if order == tuple(range(-x.ndim, 0)) else make(transpose, (x,), (order,))
    core = there.shape[x.ndim - len(axes) :]
    flat = make(reshape, (there,), (len(axes), (size_of(core),)))
    before, behind = [make(cumprod, (flat,), (-1, back, True)) for back in (False, True)]
    found = make(reshape, (before * behind,), (1, core))
    if there is x:
        return found
    back = tuple(sorted(range(-x.ndim, 0), key=lambda k: order[k]))
    return make(transpose, (found,), (back,))


# -- extrema, exponentials, deviations -------------------------------------------------------------


def _extremes(node: Expr) -> tuple[Expr, Expr]:
    """Where the extreme elements are, and how many share each output.

    That is a question about one array and not about two, ``x == max(x)``: if one of them were
    written in another form than the other, rounding would leave no element equal.
    """
    axes = node.params[0]
    chosen = make(is_max if node.op is max else is_min, node.args, (axes,))
    return chosen, total(chosen, axes, node.params[1])


def _extreme_tangent(node: Expr, dots: list[Expr | None]) -> Expr | None:
    (dot,) = dots
    assert dot is not None
    chosen, count = _extremes(node)
    return total(where(chosen, dot, 0), *node.params) / count


def _extreme_cotangent(g: Expr, node: Expr, i: int) -> tuple[Expr, Expr]:
    (x,) = node.args
    chosen, count = _extremes(node)
    batch = g.shape[: g.ndim - node.ndim]
    return broadcast_to(kept(g / count, node), batch + x.shape), chosen


def _softmax_of(node: Expr) -> Expr:
    return make(softmax, node.args, (node.params[0],))


def _through_softmax(node: Expr, g: Expr) -> Expr:
    """The Jacobian of softmax, which is symmetric, times ``g``."""
    return node * (g - total(node * g, node.params[0], True))


def _unit(node: Expr) -> Expr:
    """The direction of a vector, 0 for the zero vector."""
    size = kept(node, node)
    return where(tie(size, 0), 0, node.args[0] / size)


def _deviation(node: Expr) -> tuple[Expr, Expr]:
    """What elements differ from their mean by, and the divisor of the variance."""
    (x,), (axes, _, correction) = node.args, node.params
    count = size_of([x.shape[a] for a in axes])
    return x - total(x, axes, True) / count, const(count - correction if correction < count else 0)


def _var_slopes(node: Expr) -> Expr:
    deviation, count = _deviation(node)
    return 2 * deviation / count


def _std_slopes(node: Expr) -> Expr:
    deviation, count = _deviation(node)
    size = kept(node, node)
    return where(tie(size, 0), 0, deviation / (count * size))


# -- on arrays -------------------------------------------------------------------------------------


def np_logsumexp(x: Array, axes: Axes, keepdims: bool) -> Array:
    """Never overflows, and terms that are small next to the largest one count."""
    top, rest = _largest_and_rest(x, axes)
    out = top + rest
    return out if keepdims else np.squeeze(out, axes)


def np_log_softmax(x: Array, axes: Axes) -> Array:
    top, rest = _largest_and_rest(x, axes)
    return (x - top) - rest


def _largest_and_rest(x: Array, axes: Axes) -> tuple[Array, Array]:
    """The largest elements, and what the logarithm of the sum of exponentials has beyond them."""
    top = np.max(x, axis=axes, keepdims=True)
    at_top = np.asarray(x == top)
    powers = _powers(x, top)
    np.copyto(powers, 0, where=at_top)
    count = np.sum(at_top.astype(powers.dtype), axis=axes, keepdims=True)
    others = np.sum(powers, axis=axes, keepdims=True)
    return top, np.log(count) + np.log1p(others / count)


def _powers(x: Array, top: Array) -> Array:
    """``exp(x - top)``, with one new array: large ones cost more to get than to fill."""
    shifted = np.asarray(x - top)
    return np.asarray(np.exp(shifted, out=shifted if shifted.dtype.kind in "fc" else None))


def np_softmax(x: Array, axes: Axes) -> Array:
    powers = _powers(x, np.max(x, axis=axes, keepdims=True))
    powers /= np.sum(powers, axis=axes, keepdims=True)
    return powers


def np_norm(x: Array, axes: Axes, keepdims: bool) -> Array:
    """The Euclidean norm; scaled by the largest element where squares over- or underflow."""
    x = np.abs(x)
    out = np.sqrt(np.sum(x * x, axis=axes, keepdims=True))
    if not np.all((out > SMALLEST) & (out < np.inf)):
        top = np.max(x, axis=axes, keepdims=True, initial=0)
        scale = np.where((top > 0) & (top < np.inf), top, 1)
        out = scale * np.sqrt(np.sum(np.square(x / scale), axis=axes, keepdims=True))
    return out if keepdims else np.squeeze(out, axes)


def np_is_max(x: Array, axes: Axes) -> Array:
    return x == np.max(x, axis=axes, keepdims=True)


def np_is_min(x: Array, axes: Axes) -> Array:
    return x == np.min(x, axis=axes, keepdims=True)


def np_var(x: Array, axes: Axes, keepdims: bool, correction: float) -> Array:
    """NumPy's own warns of a divisor that is not positive; here the value is inf or nan."""
    x = _shifted(x, axes)
    count = size_of([np.shape(x)[a] for a in axes])
    squares = np.square(np.abs(x - np.sum(x, axis=axes, keepdims=True) / count))
    divisor = count - correction if correction < count else 0
    return np.sum(squares, axis=axes, keepdims=keepdims) / divisor


def np_std(x: Array, axes: Axes, keepdims: bool, correction: float) -> Array:
    return np.sqrt(np_var(x, axes, keepdims, correction))


def _shifted(x: Array, axes: Axes) -> Array:
    """Less the first element, so that equal elements have a deviation of exactly 0."""
    first = x
    for axis in axes:
        first = part(first, axis, 0, 1)
    return x - first


# fmt: off
_AXES, _AXIS = ("axes", "keepdims"), ("axis", "keepdims")
prod: Op = row("prod", spelled=reduction("∏", r"\prod"), numpy="np.prod",
    params=_AXES, shape=reduced_shape, kind=promote, rule=_reduction(_others),
    latex=r"\prod", pretty="∏", accuracy=(2.0, 4.0))
max: Op = row("max", spelled=reduction("max", r"\max"), numpy="np.max",
    params=_AXES, shape=_nonempty, kind=join, rule=Custom(_extreme_tangent, _extreme_cotangent),
    latex=r"\max", kinks=(((1.0, 1.0), (0.5, 0.5)),), accuracy=(0.0, 0.0),
    source="ties share equally")
min: Op = row("min", spelled=reduction("min", r"\min"), numpy="np.min",
    params=_AXES, shape=_nonempty, kind=join, rule=Custom(_extreme_tangent, _extreme_cotangent),
    latex=r"\min", kinks=(((1.0, 1.0), (0.5, 0.5)),), accuracy=(0.0, 0.0),
    source="ties share equally")
is_max: Op = row("is_max", spelled=over_axes, numpy="reductions.np_is_max",
    params=("axes",), shape=_unreduced, kind=boolean, rule=STEP,
    latex=r"\operatorname{{is\,max}}", cost=2, accuracy=(0.0, 0.0),
    source="whether an element is the largest one, or one of several")
is_min: Op = row("is_min", spelled=over_axes, numpy="reductions.np_is_min",
    params=("axes",), shape=_unreduced, kind=boolean, rule=STEP,
    latex=r"\operatorname{{is\,min}}", cost=2, accuracy=(0.0, 0.0),
    source="whether an element is the smallest one, or one of several")
logsumexp: Op = row("logsumexp", spelled=reduction(), numpy="reductions.np_logsumexp",
    params=_AXES, shape=_nonempty, rule=_reduction(_softmax_of),
    latex=r"\operatorname{{logsumexp}}", cost=20, accuracy=(4.0, 4.0))
softmax: Op = row("softmax", spelled=over_axes, numpy="reductions.np_softmax",
    params=("axes",), shape=_unreduced, range=Interval(0, 1, False, True),
    rule=custom_of_one(_through_softmax, lambda g, node: _through_softmax(node, g)),
    latex=r"\operatorname{{softmax}}", cost=20, accuracy=(4.0, 8.0))
log_softmax: Op = row("log_softmax", spelled=over_axes,
    numpy="reductions.np_log_softmax", params=("axes",), shape=_unreduced,
    rule=custom_of_one(
        lambda node, dot: dot - total(_softmax_of(node) * dot, node.params[0], True),
        lambda g, node: g - _softmax_of(node) * total(g, node.params[0], True)),
    latex=r"\operatorname{{log\,softmax}}", cost=20, accuracy=(4.0, 8.0))
norm: Op = row("norm", spelled=spelled_norm, numpy="reductions.np_norm",
    params=_AXES, shape=reduced_shape, range=NONNEGATIVE, rule=_reduction(_unit),
    kinks=(((0.0, 0.0), (0.0, 0.0)),), cost=3, accuracy=(2.0, 4.0),
    source="the Euclidean norm; its derivative is 0 at 0")
var: Op = row("variance", spelled=over_axes, numpy="reductions.np_var",
    params=(*_AXES, "correction"), shape=reduced_shape, range=NONNEGATIVE,
    rule=_reduction(_var_slopes), latex=r"\operatorname{{var}}", cost=4, accuracy=(4.0, 8.0))
std: Op = row("std", spelled=over_axes, numpy="reductions.np_std",
    params=(*_AXES, "correction"), shape=reduced_shape, range=NONNEGATIVE,
    rule=_reduction(_std_slopes), kinks=(((1.0, 1.0), (0.0, 0.0)),),
    latex=r"\operatorname{{std}}", cost=5, accuracy=(4.0, 8.0),
    source="its derivative is 0 where all elements are equal")
argmax: Op = row("argmax", spelled=over_axes, numpy="np.argmax",
    params=_AXIS, shape=_single, kind=index_kind, rule=STEP, range=NONNEGATIVE,
    latex=r"\operatorname{{argmax}}", accuracy=(0.0, 0.0))
argmin: Op = row("argmin", spelled=over_axes, numpy="np.argmin",
    params=_AXIS, shape=_single, kind=index_kind, rule=STEP, range=NONNEGATIVE,
    latex=r"\operatorname{{argmin}}", accuracy=(0.0, 0.0))
any: Op = row("any", spelled=reduction(), numpy="np.any",
    params=_AXES, shape=reduced_shape, kind=boolean, rule=STEP, accuracy=(0.0, 0.0))
all: Op = row("all", spelled=reduction(), numpy="np.all",
    params=_AXES, shape=reduced_shape, kind=boolean, rule=STEP, accuracy=(0.0, 0.0))
