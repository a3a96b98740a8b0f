"""Special functions: error function, gamma family, Bessel functions, sinc.  SciPy has the values."""

from __future__ import annotations

from math import inf
from typing import Any

from ..domain import POSITIVE, Interval
from ..errors import NotDifferentiable
from ..expr import Const, Expr, const
from .arithmetic import pi
from .elementary import BALL, exp, sqrt
from .row import binary, unary

ORDERS = Interval(0.0, 5.0)  # where integer orders are sampled
MODERATE = Interval(-20.0, 20.0)


def _shift(order: Expr, by: int) -> Expr:
    """``order + by``, folded where the order is a constant."""
    return const(order.value + by) if order.op is Const else order + by


def _no_order(name: str) -> Any:
    def refuse(order: Expr, x: Expr, out: Expr) -> Expr:
        raise NotDifferentiable(name, "the order is an integer; make it a constant")

    return refuse


def _by_order(name: str, partial_x: Any, **fields: Any) -> Any:
    """A function ``f(order, x)`` of integer order, with its derivative in ``x``."""
    return binary(name, _no_order(name), partial_x, facts="order", **fields)


def _spherical_slope(n: Expr, x: Expr, out: Expr) -> Expr:
    above = spherical_jn(_shift(n, 1), x)
    if n.op is Const and n.value == 0:
        return -above
    return (n * spherical_jn(_shift(n, -1), x) - _shift(n, 1) * above) / (2 * n + 1)


erf = unary("erf", lambda x, out: 2 / sqrt(pi()) * exp(-x * x), numpy="special.erf",
            mpmath="erf", test=(Interval(-5.0, 5.0),), range=BALL, facts="odd increasing", cost=20,
            latex=r"\operatorname{{erf}}", accuracy=(2.0, 30.0), source="DLMF 7.2.1")
erfc = unary("erfc", lambda x, out: -2 / sqrt(pi()) * exp(-x * x), numpy="special.erfc",
             mpmath="erfc", test=(Interval(-5.0, 5.0),), range=Interval(0, 2), facts="decreasing",
             cost=20, latex=r"\operatorname{{erfc}}", accuracy=(4.0, 30.0), source="DLMF 7.2.2")
erfinv = unary("erfinv", lambda x, out: sqrt(pi()) / 2 * exp(out * out), numpy="special.erfinv",
               mpmath="erfinv", domain=(BALL,), facts="odd increasing", cost=30,
               latex=r"\operatorname{{erf}}^{{-1}}", accuracy=(4.0, 20.0), source="DLMF 7.17.1")

gamma = unary("gamma", lambda x, out: out * digamma(x), numpy="special.gamma", mpmath="gamma",
              domain=(POSITIVE,), test=(Interval(0.05, 20),), cost=30, latex=r"\Gamma", pretty="Γ",
              accuracy=(8.0, 40.0), source="DLMF 5.2.2")
lgamma = unary("lgamma", lambda x, out: digamma(x), numpy="special.gammaln",
               mpmath=lambda mp, x: mp.log(mp.fabs(mp.gamma(x))), domain=(POSITIVE,),
               test=(Interval(0.05, 20),), cost=30, latex=r"\log\Gamma", accuracy=(8.0, 40.0),
               source="DLMF 5.2.2")
digamma = unary("digamma", lambda x, out: polygamma(1, x), numpy="special.digamma",
                mpmath="digamma", domain=(POSITIVE,), test=(Interval(0.05, 20),),
                facts="increasing", cost=30, latex=r"\psi", pretty="ψ", accuracy=(8.0, 20.0),
                source="DLMF 5.2.2")
polygamma = _by_order("polygamma", lambda n, x, out: polygamma(_shift(n, 1), x),
                      numpy="kernels.polygamma", mpmath=lambda mp, n, x: mp.polygamma(int(n), x),
                      domain=(Interval(0.0, inf, True), POSITIVE),
                      test=(ORDERS, Interval(0.05, 20)), cost=60, latex=r"\psi^{{({0})}}({1})",
                      accuracy=(20.0, 40.0), source="DLMF 5.15.1")
beta = binary("beta", lambda a, b, out: out * (digamma(a) - digamma(a + b)),
              lambda a, b, out: out * (digamma(b) - digamma(a + b)), numpy="special.beta",
              mpmath="beta", domain=(POSITIVE,), test=(Interval(0.05, 12),) * 2,
              facts="commutative", cost=60, latex=r"\operatorname{{B}}", pretty="Β",
              accuracy=(20.0, 60.0), source="DLMF 5.12.1")

j0 = unary("j0", lambda x, out: -j1(x), numpy="special.j0", mpmath=lambda mp, x: mp.besselj(0, x),
           test=(MODERATE,), facts="even", cost=30, latex="J_0", accuracy=(8.0, 8.0),
           source="DLMF 10.6.3")
j1 = unary("j1", lambda x, out: (j0(x) - jn(2, x)) / 2, numpy="special.j1",
           mpmath=lambda mp, x: mp.besselj(1, x), test=(MODERATE,), facts="odd", cost=30,
           latex="J_1", accuracy=(8.0, 8.0), source="DLMF 10.6.1")
jn = _by_order("jn", lambda n, x, out: (jn(_shift(n, -1), x) - jn(_shift(n, 1), x)) / 2,
               numpy="special.jv", mpmath=lambda mp, n, x: mp.besselj(int(n), x),
               test=(ORDERS, MODERATE), cost=90, latex="J_{{{0}}}({1})", accuracy=(20.0, 20.0),
               source="DLMF 10.6.1")
i0 = unary("i0", lambda x, out: i1(x), numpy="special.i0", mpmath=lambda mp, x: mp.besseli(0, x),
           test=(MODERATE,), facts="even", cost=30, latex="I_0", accuracy=(8.0, 8.0),
           source="DLMF 10.29.3")
i1 = unary("i1", lambda x, out: (i0(x) + bessel_i(2, x)) / 2, numpy="special.i1",
           mpmath=lambda mp, x: mp.besseli(1, x), test=(MODERATE,), facts="odd", cost=30,
           latex="I_1", accuracy=(8.0, 8.0), source="DLMF 10.29.1")
bessel_i = _by_order(
    "iv", lambda n, x, out: (bessel_i(_shift(n, -1), x) + bessel_i(_shift(n, 1), x)) / 2,
    numpy="special.iv", mpmath=lambda mp, n, x: mp.besseli(int(n), x), test=(ORDERS, MODERATE),
    cost=90, latex="I_{{{0}}}({1})", accuracy=(20.0, 20.0), source="DLMF 10.29.1")

spherical_jn = _by_order(
    "spherical_jn", _spherical_slope, numpy="kernels.spherical_jn",
    mpmath=lambda mp, n, x: (mp.sqrt(mp.pi / (2 * x)) * mp.besselj(n + 0.5, x)).real if x
    else mp.mpf(n == 0), test=(ORDERS, MODERATE), cost=90, latex="j_{{{0}}}({1})",
    accuracy=(20.0, 40.0), source="DLMF 10.51.2")
sinc = unary("sinc", lambda x, out: -pi() * spherical_jn(1, pi() * x), numpy="np.sinc",
             mpmath=lambda mp, x: mp.sinc(mp.pi * x), test=(Interval(-6.0, 6.0),), facts="even",
             cost=15, latex=r"\operatorname{{sinc}}", accuracy=(8.0, 40.0),
             source="sin(pi*x)/(pi*x), as in NumPy; the derivative by DLMF 10.49.3 and 10.51.2")
