"""The slope of the sigmoid, ``sigmoid(z)*sigmoid(-z)``, by one exponential instead of two
sigmoids: with ``u = exp(-abs(z))`` it is ``u/(1 + u)**2``, which neither overflows nor cancels.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..expr import Expr, make
from ..leaves import const
from ..ops.arithmetic import abs, add, div, mul, neg
from ..ops.elementary import exp, sigmoid
from ..ops.structural import number_in
from ..walk import reachable, rebuild


def with_slopes(outputs: Sequence[Expr]) -> list[Expr]:
    """The graph with every product of sigmoids of opposite arguments as one fraction."""
    if sum(node.op is sigmoid for node in reachable(outputs)) < 2:
        return list(outputs)
    images = rebuild(outputs, lambda new, old: _slope(new) if new.op is mul else new)
    return [images[out] for out in outputs]


def _slope(node: Expr) -> Expr:
    factors = [f for a in node.args for f in (a.args if a.op is mul else (a,))]
    curves = [f for f in factors if f.op is sigmoid]
    for i, one in enumerate(curves):
        for other in curves[i + 1 :]:
            (z,), (w,) = one.args, other.args
            if _opposite(z, w):
                factors.remove(one)
                factors.remove(other)
                u = make(exp, (make(neg, (make(abs, (z,)),)),))
                grown = make(add, (u, const(1)))
                slope = make(div, (u, make(mul, (grown, grown))))
                return make(mul, (*factors, slope)) if factors else slope
    return node


def _opposite(z: Expr, w: Expr) -> bool:
    if (z.op is neg and z.args[0] is w) or (w.op is neg and w.args[0] is z):
        return True
    if z.op is not mul or w.op is not mul or z.args[1:] != w.args[1:]:
        return False
    first, second = number_in(z.args[0]), number_in(w.args[0])
    return first is not None and second is not None and bool(first == -second)
