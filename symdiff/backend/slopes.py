"""The slope of the sigmoid, ``sigmoid(z)*sigmoid(-z)``, by one function instead of two: it is the
square of ``1/2/cosh(z/2)``, which is 0 where the slope is less than the smallest number.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import combinations

from ..expr import Expr, make
from ..leaves import const
from ..ops.arithmetic import div, mul, neg
from ..ops.elementary import cosh, sigmoid
from ..ops.structural import number_in
from ..walk import reachable, rebuild


def with_slopes(outputs: Sequence[Expr]) -> list[Expr]:
    """The graph with every product of sigmoids of opposite arguments as one fraction."""
    if sum(node.op is sigmoid for node in reachable(outputs)) < 2:
        return list(outputs)

    def image(new: Expr, old: Expr) -> Expr:
        slope = _slope(new) if new.op is mul else new
        changed = slope is new is not old and new.op is mul and len(new.args) == 2
        return _times(*new.args) if changed else slope

    images = rebuild(outputs, image)
    return [images[out] for out in outputs]


def _times(x: Expr, y: Expr) -> Expr:
    """A product in the one order that makes it the same node wherever it occurs."""
    return make(mul, (x, y) if x.digest <= y.digest else (y, x))


def _slope(node: Expr) -> Expr:
    factors, negative = _factors(node)
    curves = [f for f in factors if f.op is sigmoid]
    for one, other in combinations(curves, 2):
        (z,), (w,) = one.args, other.args
        if _opposite(z, w):
            factors.remove(one)
            factors.remove(other)
            half = const(0.5)
            root = make(div, (half, make(cosh, (make(mul, (half, z)),))))
            slope = reduce(_times, [make(mul, (root, root)), *factors])
            return make(neg, (slope,)) if negative else slope
    return node


def _factors(node: Expr) -> tuple[list[Expr], bool]:
    """The factors of a product of products, and whether a minus stands before them."""
    factors: list[Expr] = []
    negative = False
    for a in node.args:
        factor = a.args[0] if a.op is neg else a
        negative ^= a.op is neg
        factors += factor.args if factor.op is mul else (factor,)
    return factors, negative


def _opposite(z: Expr, w: Expr) -> bool:
    if (z.op is neg and z.args[0] is w) or (w.op is neg and w.args[0] is z):
        return True
    if z.op is not mul or w.op is not mul or z.args[1:] != w.args[1:]:
        return False
    first, second = number_in(z.args[0]), number_in(w.args[0])
    return first is not None and second is not None and bool(first == -second)
