"""Determinants and their logarithms.

The gradient of a determinant is the transposed adjugate, which is right at singular matrices
too, and so is the second derivative.  Third ones divide by the determinant of more than 3 rows.
"""

from __future__ import annotations

from ...expr import Expr, Op, Params, Shape, broadcast_shapes, make
from ...rule import Custom, NonDiff, custom_of_one
from ..arithmetic import div, sub
from ..arrays import sum_to
from ..contraction import square
from ..row import row
from ..structural import total
from . import witness as mp
from .inverse import GILES, Cotangent, inv
from .matrices import padded, product, reshaped, swapped, traced, weighted


def _number_shape(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    return square(title, shapes, params)[:-2]


def _along(factor: Op) -> Custom:
    """The rule of ``f`` with ``df = tr(factor(A) @ dA)``."""
    return custom_of_one(
        lambda node, dot: traced(node.ndim, make(factor, node.args), dot),
        lambda g, node: weighted(node.ndim, g, swapped(make(factor, node.args))),
    )


# -- adjugate ------------------------------------------------------------------------------------


def _sloped(a: Expr, direction: Expr) -> Expr:
    return make(adjugate_slope, (padded(a, direction.ndim), padded(direction, a.ndim)))


def _adjugate_cotangent(g: Expr, node: Expr) -> Expr:
    """The second derivative of a determinant is symmetric, so the slope is its own adjoint."""
    return swapped(_sloped(node.args[0], swapped(g)))


def _slope_shape(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    for shape in shapes:
        square(title, (shape,), ())
    return broadcast_shapes(title, shapes)


def _bent(node: Expr, moving: Expr) -> Expr | None:
    """The derivative of a slope by the matrix; as a form in three directions it is symmetric.

    It is that of ``(tr(P @ E)*P - P @ E @ P)/det(A)``, the slope of the adjugate P along E; for
    three rows, where a slope is linear in the matrix, it is the slope itself.
    """
    a, e = node.args
    if a.shape[-1] <= 3:
        return _sloped(moving, e) if a.shape[-1] == 3 else None
    lead = node.ndim - 2
    p, turned = make(adjugate, (a,)), _sloped(a, moving)
    grown = total([
        weighted(lead, traced(lead, turned, e), p),
        weighted(lead, traced(lead, p, e), turned),
    ])  # fmt: skip
    shrunk = total([
        product(lead, turned, e, p), product(lead, p, e, turned),
        weighted(lead, traced(lead, p, moving), node),
    ])  # fmt: skip
    size = make(det, (a,))
    below = reshaped(size, (*size.shape, 1, 1)) if size.shape else size
    return make(div, (make(sub, (grown, shrunk)), below))


def _slope_tangent(node: Expr, dots: list[Expr | None]) -> Expr | None:
    a_dot, e_dot = dots
    parts = [
        None if e_dot is None else _sloped(node.args[0], e_dot),
        None if a_dot is None else _bent(node, a_dot),
    ]
    live = [part for part in parts if part is not None]
    return total(live) if live else None


def _slope_cotangent(g: Expr, node: Expr, i: int) -> Cotangent:
    back = _bent(node, swapped(g)) if i == 0 else _sloped(node.args[0], swapped(g))
    if back is None:
        return None, None
    return sum_to(swapped(back), node.shape, node.args[i].shape), None


adjugate: Op = row("adjugate",
    rule=custom_of_one(lambda node, dot: _sloped(node.args[0], dot), _adjugate_cotangent),
    shape=square, numpy="linear.adjugate", mpmath=mp.adjugate,
    latex=r"\operatorname{{adj}}\left({0}\right)", pretty="adj",
    cost=200, accuracy=(8.0, 32.0), source="Stewart 1998, On the adjugate matrix")
adjugate_slope: Op = row("adjugate_slope", arity=2,
    rule=Custom(_slope_tangent, _slope_cotangent), shape=_slope_shape,
    numpy="linear.adjugate_slope", mpmath=mp.adjugate_slope,
    facts="inner", cost=200, accuracy=(8.0, 32.0))
det: Op = row("det", rule=_along(adjugate), shape=_number_shape,
    numpy="linear.det", mpmath=mp.det, latex=r"\det\left({0}\right)",
    cost=50, accuracy=(8.0, 32.0), source=GILES)
det_sign: Op = row("det_sign", rule=NonDiff("it is constant where the determinant is not zero"),
    numpy="linear.det_sign", mpmath=mp.det_sign, shape=_number_shape,
    latex=r"\operatorname{{sgn}}\det\left({0}\right)", pretty="sign det({0})",
    cost=50, accuracy=(0.0, 0.0))
logabsdet: Op = row("logabsdet", rule=_along(inv), shape=_number_shape,
    numpy="linear.logabsdet", mpmath=mp.logabsdet,
    latex=r"\log\left|\det\left({0}\right)\right|", pretty="log|det({0})|",
    cost=50, accuracy=(8.0, 32.0), source=GILES)
logdet: Op = row("logdet", rule=_along(inv), shape=_number_shape,
    numpy="linear.logdet", mpmath=mp.logdet,
    latex=r"\log\det\left({0}\right)", pretty="log det({0})",
    cost=50, accuracy=(8.0, 32.0), source=GILES)
