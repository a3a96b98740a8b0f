"""Reductions.  Parameters count axes from the end, so that a value, a tangent or a cotangent may
carry any number of leading batch axes.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod as size_of
from typing import TypeAlias

from ..domain import NONNEGATIVE, Interval
from ..errors import ShapeError
from ..expr import Expr, Op, Params, Shape, make
from ..leaves import const
from ..rule import Custom
from . import reduction_spelling as spelling
from .arrays import reduced_shape, reshape, sum, transpose
from .compare import eq, where
from .row import boolean, join, promote, row
from .spelling import reduction
from .structural import broadcast_to
from .sweeps import STEP, cumprod, index_kind

Axes: TypeAlias = tuple[int, ...]


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

    def tangent(node: Expr, dots: list[Expr | None]) -> Expr | None:
        (dot,) = dots
        return None if dot is None else total(slopes(node) * dot, *node.params[:2])

    return Custom(tangent, lambda g, node, i: (slopes(node) * kept(g, node), None))


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


# -- products ------------------------------------------------------------------------------------


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


# -- extrema, exponentials, deviations -----------------------------------------------------------


def _extremes(node: Expr) -> tuple[Expr, Expr]:
    """Where the extreme elements are, and how many share each output."""
    chosen = eq(node.args[0], kept(node, node))
    return chosen, total(chosen, node.params[0], node.params[1])


def _extreme_tangent(node: Expr, dots: list[Expr | None]) -> Expr | None:
    (dot,) = dots
    if dot is None:
        return None
    chosen, count = _extremes(node)
    return total(where(chosen, dot, 0), *node.params) / count


def _extreme_cotangent(g: Expr, node: Expr, i: int) -> tuple[Expr, Expr]:
    (x,) = node.args
    chosen, count = _extremes(node)
    batch = g.shape[: g.ndim - node.ndim]
    return broadcast_to(kept(g / count, node), batch + x.shape), chosen


def _softmax_of(node: Expr) -> Expr:
    return make(softmax, node.args, (node.params[0],))


def _log_softmax_tangent(node: Expr, dots: list[Expr | None]) -> Expr | None:
    (dot,) = dots
    return None if dot is None else dot - total(_softmax_of(node) * dot, node.params[0], True)


def _log_softmax_cotangent(g: Expr, node: Expr, i: int) -> tuple[Expr, None]:
    return g - _softmax_of(node) * total(g, node.params[0], True), None


def _through_softmax(node: Expr, g: Expr) -> Expr:
    """The Jacobian of softmax, which is symmetric, times ``g``."""
    return node * (g - total(node * g, node.params[0], True))


def _softmax_tangent(node: Expr, dots: list[Expr | None]) -> Expr | None:
    (dot,) = dots
    return None if dot is None else _through_softmax(node, dot)


def _unit(node: Expr) -> Expr:
    """The direction of a vector, 0 for the zero vector."""
    size = kept(node, node)
    return where(eq(size, 0), 0, node.args[0] / size)


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
    return where(eq(size, 0), 0, deviation / (count * size))


_AXES, _AXIS = ("axes", "keepdims"), ("axis", "keepdims")
prod: Op = row("prod", spelled=reduction("∏", r"\prod"), numpy="reduction_kernels.prod",
    params=_AXES, shape=reduced_shape, kind=promote, rule=_reduction(_others),
    latex=r"\prod", pretty="∏", accuracy=(2.0, 4.0))
max: Op = row("max", spelled=reduction("max", r"\max"), numpy="reduction_kernels.max",
    params=_AXES, shape=_nonempty, kind=join, rule=Custom(_extreme_tangent, _extreme_cotangent),
    latex=r"\max", kinks=(((1.0, 1.0), (0.5, 0.5)),), accuracy=(0.0, 0.0),
    source="ties share equally")
min: Op = row("min", spelled=reduction("min", r"\min"), numpy="reduction_kernels.min",
    params=_AXES, shape=_nonempty, kind=join, rule=Custom(_extreme_tangent, _extreme_cotangent),
    latex=r"\min", kinks=(((1.0, 1.0), (0.5, 0.5)),), accuracy=(0.0, 0.0),
    source="ties share equally")
logsumexp: Op = row("logsumexp", spelled=reduction(), numpy="reduction_kernels.logsumexp",
    params=_AXES, shape=_nonempty, rule=_reduction(_softmax_of),
    latex=r"\operatorname{{logsumexp}}", cost=20, accuracy=(4.0, 4.0))
softmax: Op = row("softmax", spelled=spelling.over_axes, numpy="reduction_kernels.softmax",
    params=("axes",), shape=_unreduced, range=Interval(0, 1, False, True),
    rule=Custom(_softmax_tangent, lambda g, node, i: (_through_softmax(node, g), None)),
    latex=r"\operatorname{{softmax}}", cost=20, accuracy=(4.0, 8.0))
log_softmax: Op = row("log_softmax", spelled=spelling.over_axes,
    numpy="reduction_kernels.log_softmax", params=("axes",), shape=_unreduced,
    rule=Custom(_log_softmax_tangent, _log_softmax_cotangent),
    latex=r"\operatorname{{log\,softmax}}", cost=20, accuracy=(4.0, 8.0))
norm: Op = row("norm", spelled=spelling.norm, numpy="reduction_kernels.norm",
    params=_AXES, shape=reduced_shape, range=NONNEGATIVE, rule=_reduction(_unit),
    kinks=(((0.0, 0.0), (0.0, 0.0)),), cost=3, accuracy=(2.0, 4.0),
    source="the Euclidean norm; its derivative is 0 at 0")
var: Op = row("variance", spelled=spelling.deviation, numpy="reduction_kernels.var",
    params=(*_AXES, "correction"), shape=reduced_shape, range=NONNEGATIVE,
    rule=_reduction(_var_slopes), latex=r"\operatorname{{var}}", cost=4, accuracy=(4.0, 8.0))
std: Op = row("std", spelled=spelling.deviation, numpy="reduction_kernels.std",
    params=(*_AXES, "correction"), shape=reduced_shape, range=NONNEGATIVE,
    rule=_reduction(_std_slopes), kinks=(((1.0, 1.0), (0.0, 0.0)),),
    latex=r"\operatorname{{std}}", cost=5, accuracy=(4.0, 8.0),
    source="its derivative is 0 where all elements are equal")
argmax: Op = row("argmax", spelled=spelling.extreme_index, numpy="reduction_kernels.argmax",
    params=_AXIS, shape=_single, kind=index_kind, rule=STEP, range=NONNEGATIVE,
    latex=r"\operatorname{{argmax}}", accuracy=(0.0, 0.0))
argmin: Op = row("argmin", spelled=spelling.extreme_index, numpy="reduction_kernels.argmin",
    params=_AXIS, shape=_single, kind=index_kind, rule=STEP, range=NONNEGATIVE,
    latex=r"\operatorname{{argmin}}", accuracy=(0.0, 0.0))
any: Op = row("any", spelled=reduction(), numpy="reduction_kernels.any",
    params=_AXES, shape=reduced_shape, kind=boolean, rule=STEP, accuracy=(0.0, 0.0))
all: Op = row("all", spelled=reduction(), numpy="reduction_kernels.all",
    params=_AXES, shape=reduced_shape, kind=boolean, rule=STEP, accuracy=(0.0, 0.0))
