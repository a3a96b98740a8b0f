"""Special functions: error function, gamma family, Bessel functions, sinc."""

from __future__ import annotations

from math import inf, log, nextafter
from typing import Any

import numpy as np

from ..domain import POSITIVE, Interval
from ..errors import NotDifferentiable
from ..expr import Expr, Op
from ..leaves import Const, const
from .arithmetic import pi
from .compare import tie, where
from .elementary import BALL, exp, sqrt
from .row import binary, unary
from .structural import number_in

ORDERS = Interval(0.0, 5.0)  # where orders are sampled
MODERATE = Interval(-20.0, 20.0)


def _shift(order: Expr, by: int) -> Expr:
    """``order + by``, folded where the order is a constant."""
    return const(order.value + by) if order.op is Const else order + by


def _no_order(name: str) -> Any:
    def refuse(order: Expr, x: Expr, out: Expr) -> Expr:
        raise NotDifferentiable(name, "the order has no derivative; make it a constant")

    return refuse


def _by_order(name: str, partial_x: Any, facts: str = "", **fields: Any) -> Op:
    """A function ``f(order, x)``, with its derivative in ``x``."""
    return binary(name, _no_order(name), partial_x, facts=f"order {facts}", **fields)


def _bessel_slope(n: Expr, x: Expr, out: Expr) -> Expr:
    above = jn(_shift(n, 1), x)
    return -above if number_in(n) == 0 else (jn(_shift(n, -1), x) - above) / 2


def _modified_slope(n: Expr, x: Expr, out: Expr) -> Expr:
    above = bessel_i(_shift(n, 1), x)
    return above if number_in(n) == 0 else (bessel_i(_shift(n, -1), x) + above) / 2


def _spherical_slope(n: Expr, x: Expr, out: Expr) -> Expr:
    above = spherical_jn(_shift(n, 1), x)
    if number_in(n) == 0:
        return -above
    slope = n * spherical_jn(_one_less(n), x) - _shift(n, 1) * above
    if n.op is Const and not np.any(n.value == -0.5):
        return slope / (2 * n + 1)
    by_quotient = n / x * out - above  # where the other form is 0/0
    middle = tie(n, -0.5)
    return by_quotient if number_in(n) == -0.5 else where(middle, by_quotient, slope / (2 * n + 1))


def _one_less(n: Expr) -> Expr:
    """``n - 1``, and 0 for 0: the order -1 times 0 is nan where its value is inf."""
    if n.op is Const:
        return const(n.value - (n.value != 0))
    return where(tie(n, 0), 0, n - 1)


def _spherical_truth(mp: Any, n: Any, x: Any) -> Any:
    if not x:
        return mp.mpf(n == 0)
    value = mp.sqrt(mp.pi / 2) * mp.besselj(n + 0.5, x) / mp.sqrt(x)
    return value.real if mp.isint(n) else value


erf: Op = unary("erf", lambda x, out: 2 / sqrt(pi()) * exp(-x * x), numpy="special.erf",
    mpmath="erf", test=(Interval(-5.0, 5.0),), range=BALL, facts="odd increasing", cost=20,
    latex=r"\operatorname{{erf}}", accuracy=(2.0, 10.0), source="DLMF 7.2.1")
erfc: Op = unary("erfc", lambda x, out: -2 / sqrt(pi()) * exp(-x * x), numpy="special.erfc",
    mpmath="erfc", test=(Interval(-5.0, 5.0),), range=Interval(0, 2), facts="decreasing",
    cost=20, latex=r"\operatorname{{erfc}}", accuracy=(16.0, 10.0), source="DLMF 7.2.2")
erfinv: Op = unary("erfinv", lambda x, out: sqrt(pi()) / 2 * exp(out * out), numpy="special.erfinv",
    mpmath="erfinv", domain=(BALL,), facts="odd increasing mixed", cost=30,
    latex=r"\operatorname{{erf}}^{{-1}}", accuracy=(1.0, 2.0), source="DLMF 7.17.1")
log_erfc: Op = unary("log_erfc", lambda x, out: -sqrt(2) * inverse_mills(-sqrt(2) * x),
    numpy="kernels.log_erfc",
    mpmath=lambda mp, x: mp.log1p(-mp.erf(x)) if x < 0.5 else mp.log(mp.erfc(x)),
    test=(Interval(-5.0, 5.0),), range=Interval(-inf, nextafter(log(2), 1)),
    facts="decreasing mixed", cost=60, latex=r"\log\operatorname{{erfc}}",
    accuracy=(3.0, 4.0), source="log(erfc(x)); DLMF 7.2.2")
log_ndtr: Op = unary("log_ndtr", lambda x, out: inverse_mills(x), numpy="special.log_ndtr",
    mpmath=lambda mp, x: mp.log1p(-mp.ncdf(-x)) if x > 0 else mp.log(mp.ncdf(x)),
    test=(Interval(-8.0, 8.0),), range=Interval(-inf, 0), facts="increasing mixed", cost=60,
    latex=r"\log\Phi", accuracy=(2.0, 4.0),
    source="log of the normal distribution function; scipy.special.log_ndtr, DLMF 7.1")
inverse_mills: Op = unary("inverse_mills", lambda x, out: -out * (x + out),
    numpy="kernels.inverse_mills",
    mpmath=lambda mp, x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi) / mp.ncdf(x),
    test=(Interval(-5.0, 5.0),), range=POSITIVE, facts="decreasing mixed", cost=40,
    accuracy=(4.0, 60.0),
    source="the slope of log_ndtr, exp(-x**2/2)/(sqrt(2*pi)*ndtr(x)); DLMF 7.8.1")

gamma: Op = unary("gamma", lambda x, out: out * digamma(x), numpy="special.gamma", mpmath="gamma",
    domain=(POSITIVE,), test=(Interval(0.05, 20),), cost=30, latex=r"\Gamma", pretty="Γ",
    accuracy=(5.0, 6.0), source="DLMF 5.2.2")
lgamma: Op = unary("lgamma", lambda x, out: digamma(x), numpy="special.gammaln",
    mpmath=lambda mp, x: mp.log(mp.fabs(mp.gamma(x))), domain=(POSITIVE,),
    test=(Interval(0.05, 20),), cost=30, latex=r"\log\Gamma", facts="mixed", accuracy=(4.0, 2.0),
    source="DLMF 5.2.2")
digamma: Op = unary("digamma", lambda x, out: polygamma(1, x), numpy="special.digamma",
    mpmath="digamma", domain=(POSITIVE,), test=(Interval(0.05, 20),),
    cost=30, latex=r"\psi", pretty="ψ", accuracy=(2.0, 5.0),
    source="DLMF 5.2.2")
polygamma: Op = _by_order("polygamma", lambda n, x, out: polygamma(_shift(n, 1), x),
    numpy="kernels.polygamma",
    mpmath=lambda mp, n, x: mp.polygamma(int(n), x) if mp.isint(n) else mp.nan,
    domain=(Interval(0.0, inf, True), POSITIVE),
    test=(ORDERS, Interval(0.05, 20)), cost=60, latex=r"\psi^{{({0})}}\left({1}\right)",
    accuracy=(5.0, 5.0), source="DLMF 5.15.1")
beta: Op = binary("beta", lambda a, b, out: out * (digamma(a) - digamma(a + b)),
    lambda a, b, out: out * (digamma(b) - digamma(a + b)), numpy="special.beta",
    mpmath="beta", domain=(POSITIVE,), test=(Interval(0.05, 12),) * 2,
    facts="commutative mixed", cost=60, latex=r"\operatorname{{B}}", pretty="Β",
    accuracy=(8.0, 250.0), source="DLMF 5.12.1")

j0: Op = unary("j0", lambda x, out: -j1(x), numpy="special.j0", mpmath=lambda mp, x: mp.besselj(0,
    x), test=(MODERATE,), facts="even mixed", cost=30, latex="J_0", accuracy=(3.0, 3.0),
    source="DLMF 10.6.3")
j1: Op = unary("j1", lambda x, out: (j0(x) - jn(2, x)) / 2, numpy="special.j1",
    mpmath=lambda mp, x: mp.besselj(1, x), test=(MODERATE,), facts="odd mixed", cost=30,
    latex="J_1", accuracy=(3.0, 3.0), source="DLMF 10.6.1")
jn: Op = _by_order("jn", _bessel_slope, facts="mixed", numpy="special.jv",
    mpmath=lambda mp, n, x: mp.besselj(n, x),
    test=(ORDERS, MODERATE), cost=90, latex=r"J_{{{0}}}\left({1}\right)", accuracy=(6.0, 6.0),
    source="DLMF 10.6.1")
i0: Op = unary("i0", lambda x, out: i1(x), numpy="special.i0", mpmath=lambda mp, x: mp.besseli(0,
    x), test=(MODERATE,), facts="even", cost=30, latex="I_0", accuracy=(4.0, 10.0),
    source="DLMF 10.29.3")
i1: Op = unary("i1", lambda x, out: (i0(x) + bessel_i(2, x)) / 2, numpy="special.i1",
    mpmath=lambda mp, x: mp.besseli(1, x), test=(MODERATE,), facts="odd", cost=30,
    latex="I_1", accuracy=(10.0, 5.0), source="DLMF 10.29.1")
bessel_i: Op = _by_order(
    "iv", _modified_slope, numpy="kernels.bessel_i",
    mpmath=lambda mp, n, x: mp.besseli(n, x), test=(ORDERS, MODERATE),
    cost=90, latex=r"I_{{{0}}}\left({1}\right)", accuracy=(8.0, 8.0), source="DLMF 10.29.1")

spherical_jn: Op = _by_order(
    "spherical_jn", _spherical_slope, facts="mixed", numpy="kernels.spherical_jn",
    mpmath=_spherical_truth, test=(ORDERS, MODERATE), cost=90, latex=r"j_{{{0}}}\left({1}\right)",
    accuracy=(8.0, 8.0), source="DLMF 10.51.2")
sinc: Op = unary("sinc", lambda x, out: -pi() * spherical_jn(1, pi() * x), numpy="np.sinc",
    mpmath=lambda mp, x: mp.sinpi(x) / (mp.pi * x) if x else mp.mpf(1),
    test=(Interval(-6.0, 6.0),), facts="even mixed", cost=15,
    latex=r"\operatorname{{sinc}}", accuracy=(1.0, 7.0),
    source="sin(pi*x)/(pi*x), as in NumPy; the derivative by DLMF 10.49.3 and 10.51.2")
