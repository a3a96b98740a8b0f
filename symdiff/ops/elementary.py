"""Elementary functions: powers and roots, exponentials, logarithms, trigonometry, hyperbolics.

Each derivative is the form that holds its digits up to the overflow limits; the simplifier
turns it into the textbook form for printing.
"""

from __future__ import annotations

from math import inf, nextafter, pi

import numpy as np

from ..decimals import minus
from ..domain import NONNEGATIVE, POSITIVE, UNIT, Interval
from ..expr import Expr, Op
from ..leaves import Const, const
from ..rule import Custom
from .arithmetic import NONZERO_SAMPLE
from .compare import tie, where
from .row import binary, row, unary
from .structural import times, total

BALL = Interval(-1.0, 1.0)
RIGHT_ANGLE = nextafter(pi / 2, 2)  # the float just above pi/2, which no float is
WIDE = Interval(-30.0, 30.0)


def _power_of_base(x: Expr, y: Expr, out: Expr) -> Expr:
    """``y*x**(y - 1)``, and 0 for x = y = 0, where that power is infinite."""
    if y.op is not Const:
        return y * x ** (y - 1 + (tie(x, 0) & tie(y, 0)))
    if y.shape:
        return y * x ** const(np.where(y.value == 0, 0, y.value - 1))
    n = y.value
    if n in (0, 1):
        return const(int(n))
    return y * x if n == 2 else y * x ** minus(n, 1)


def _xlogy_tangent(node: Expr, dots: list[Expr | None]) -> Expr:
    x, y = node.args
    x_dot, y_dot = dots
    parts = [] if x_dot is None else [weighted_log(x_dot, y)]
    return total(parts if y_dot is None else [*parts, times(_over_log(x, y), y_dot)])


def _xlogy_cotangent(g: Expr, node: Expr, i: int) -> tuple[Expr, None]:
    x, y = node.args
    return (times(_over_log(x, y), g) if i else weighted_log(g, y)), None


def _over_log(x: Expr, y: Expr) -> Expr:
    """``x/y``, the slope of ``xlogy(x, y)`` by y: 0 for x = y = 0, as the value is for every y."""
    if x is y:
        return const(1)
    if x.op is pow and x.args[0] is y:
        return y ** (x.args[1] - 1)
    return where(tie(x, 0) & tie(y, 0), 0, x / y)


pow: Op = binary("pow", _power_of_base, lambda x, y, out: weighted_log(out, x), numpy="np.power",
    python="math.pow", mpmath="power", domain=(POSITIVE, Interval(-inf, inf)),
    test=(Interval(0.05, 20), Interval(-8, 8)), cost=40, infix="**", precedence=90,
    latex="{0}^{{{1}}}", accuracy=(1.0, 16.0), facts="literal", source="DLMF 4.7.10")
xlogy: Op = row("xlogy", arity=2, rule=Custom(_xlogy_tangent, _xlogy_cotangent),
    numpy="special.xlogy", mpmath=lambda mp, a, b: a * mp.log(b) if a else mp.mpf(0),
    domain=(Interval(-inf, inf), POSITIVE),
    test=(Interval(-40, 40), NONZERO_SAMPLE), cost=15, facts="weighs", accuracy=(1.5, 1.0),
    source="scipy.special.xlogy: x*log(y), and 0 where x is 0")
weighted_log: Op = row("weighted_log", arity=2, rule=Custom(_xlogy_tangent, _xlogy_cotangent),
    numpy="special.xlogy", mpmath=xlogy.mpmath, domain=xlogy.domain, test=xlogy.test, cost=15,
    facts="weighs", accuracy=xlogy.accuracy, reading=lambda x, y: x * log(y),
    source="x*log(y) as derivatives of powers have it: 0 where x is 0")

sqrt: Op = unary("sqrt", lambda x, out: 1 / (2 * out), numpy="np.sqrt",
    native=("vectors.sqrt", 0.5), python="math.sqrt",
    mpmath="sqrt", domain=(POSITIVE,), range=NONNEGATIVE, kinks=((0.0, inf),),
    facts="increasing", cost=5, latex=r"\sqrt{{{0}}}", pretty="√", accuracy=(0.5, 1.0),
    source="DLMF 4.7.10")
cbrt: Op = unary("cbrt", lambda x, out: 1 / (3 * out * out), numpy="np.cbrt",
    mpmath=lambda mp, x: mp.sign(x) * mp.cbrt(mp.fabs(x)), test=(NONZERO_SAMPLE,),
    kinks=((0.0, inf),), facts="odd increasing root", cost=20, latex=r"\sqrt[3]{{{0}}}",
    pretty="∛", accuracy=(1.0, 2.5), source="DLMF 4.7.10")
hypot: Op = binary("hypot", lambda x, y, out: where(tie(out, 0), 0, x / out),
    lambda x, y, out: where(tie(out, 0), 0, y / out), numpy="np.hypot", native=("roots.hypot", 1.5),
    python="math.hypot", mpmath="hypot", range=NONNEGATIVE,
    kinks=(((0.0, 0.0), (0.0, 0.0)),), cost=10, accuracy=(1.0, 1.5),
    source="sqrt(x**2 + y**2)")

exp: Op = unary("exp", lambda x, out: out, numpy="np.exp",
    native=("exponentials.exp", 1.0), python="math.exp", mpmath="exp",
    test=(WIDE,), range=POSITIVE, facts="increasing", cost=8, latex="e^{{{0}}}",
    accuracy=(1.0, 1.0), source="DLMF 4.7.7")
exp2: Op = unary("exp2", lambda x, out: out * log(2), numpy="np.exp2",
    native=("exponentials.exp2", 1.5), python="math.exp2",
    mpmath=lambda mp, x: mp.power(2, x), test=(WIDE,), range=POSITIVE,
    facts="increasing", cost=8, latex="2^{{{0}}}", accuracy=(1.0, 1.5),
    source="DLMF 4.7.9")
expm1: Op = unary("expm1", lambda x, out: exp(x), numpy="np.expm1",
    native=("exponentials.expm1", 2.0), python="math.expm1",
    mpmath="expm1", test=(WIDE,), range=Interval(-1, inf), facts="increasing", cost=15,
    accuracy=(1.0, 1.0), source="exp(x) - 1; DLMF 4.7.7")
log: Op = unary("log", lambda x, out: 1 / x, numpy="np.log",
    native=("logarithms.log", 1.0), python="math.log", mpmath="log",
    domain=(POSITIVE,), facts="increasing", cost=8, latex=r"\log", accuracy=(1.0, 0.5),
    source="DLMF 4.7.1")
log1p: Op = unary("log1p", lambda x, out: 1 / (1 + x), numpy="np.log1p",
    native=("logarithms.log1p", 1.0), python="math.log1p",
    mpmath="log1p", domain=(Interval(-1, inf),), facts="increasing", cost=15,
    accuracy=(1.0, 1.0), source="log(1 + x); DLMF 4.7.1")
log2: Op = unary("log2", lambda x, out: 1 / (x * log(2)), numpy="np.log2", python="math.log2",
    mpmath=lambda mp, x: mp.log(x, 2), domain=(POSITIVE,), facts="increasing", cost=8,
    latex=r"\log_{{2}}", accuracy=(1.0, 1.5), source="log(x)/log(2); DLMF 4.7.1")
log10: Op = unary("log10", lambda x, out: 1 / (x * log(10)), numpy="np.log10",
    mpmath="log10", domain=(POSITIVE,), facts="increasing", cost=8,
    latex=r"\log_{{10}}", accuracy=(1.0, 1.5), source="log(x)/log(10); DLMF 4.7.1")
log1mexp: Op = unary("log1mexp", lambda x, out: -exp(-x) / expm1(-x), numpy="kernels.log1mexp",
    mpmath=lambda mp, x: mp.log(-mp.expm1(-x)) if x < 1 else mp.log1p(-mp.exp(-x)),
    domain=(POSITIVE,), range=Interval(-inf, 0),
    facts="increasing", cost=40, accuracy=(2.0, 2.0), source="log(1 - exp(-x))")
logit: Op = unary("logit", lambda x, out: 1 / (x * (1 - x)), numpy="kernels.logit",
    mpmath=lambda mp, x: mp.log(x / (1 - x)), domain=(UNIT,), facts="increasing", cost=40,
    latex=r"\operatorname{{logit}}", accuracy=(2.5, 1.5),
    source="log(x/(1 - x)), the inverse of the logistic function")
logaddexp: Op = binary("logaddexp", lambda x, y, out: sigmoid(x - y),
    lambda x, y, out: sigmoid(y - x), numpy="np.logaddexp", facts="commutative mixed",
    mpmath=lambda mp, x, y: max(x, y) + mp.log1p(mp.exp(-abs(x - y))), test=(WIDE,), cost=30,
    accuracy=(1.0, 1.5), source="log(exp(x) + exp(y))")

sin: Op = unary("sin", lambda x, out: cos(x), numpy="np.sin",
    native=("circular.sin", 1.0), python="math.sin", mpmath="sin",
    test=(WIDE,), range=Interval(-1, 1, True, True), facts="odd", cost=10, latex=r"\sin",
    accuracy=(1.0, 1.0), source="DLMF 4.20.1")
cos: Op = unary("cos", lambda x, out: -sin(x), numpy="np.cos",
    native=("circular.cos", 1.0), python="math.cos", mpmath="cos",
    test=(WIDE,), range=Interval(-1, 1, True, True), facts="even", cost=10, latex=r"\cos",
    accuracy=(1.0, 1.0), source="DLMF 4.20.2")
tan: Op = unary("tan", lambda x, out: 1 + out * out, numpy="np.tan",
    native=("circular.tan", 2.5), python="math.tan",
    mpmath="tan", domain=(Interval(-pi / 2, pi / 2),), test=(Interval(-1.5, 1.5),), facts="odd",
    cost=15, latex=r"\tan", accuracy=(1.0, 2.0), source="DLMF 4.20.3")
asin: Op = unary("asin", lambda x, out: 1 / sqrt((1 - x) * (1 + x)), numpy="np.arcsin",
    python="math.asin", mpmath="asin", domain=(BALL,), range=Interval(-RIGHT_ANGLE, RIGHT_ANGLE),
    kinks=((1.0, inf), (-1.0, inf)), facts="odd increasing", cost=15, latex=r"\arcsin",
    accuracy=(1.0, 1.5), source="DLMF 4.24.7")
acos: Op = unary("acos", lambda x, out: -1 / sqrt((1 - x) * (1 + x)), numpy="np.arccos",
    python="math.acos", mpmath="acos", domain=(BALL,), range=Interval(0, 2 * RIGHT_ANGLE, True),
    kinks=((1.0, -inf), (-1.0, -inf)), facts="decreasing", cost=15, latex=r"\arccos",
    accuracy=(1.0, 1.5), source="DLMF 4.24.8")
atan: Op = unary("atan", lambda x, out: 1 / (1 + x * x), numpy="np.arctan", python="math.atan",
    mpmath="atan", range=Interval(-RIGHT_ANGLE, RIGHT_ANGLE), facts="odd increasing", cost=15,
    latex=r"\arctan", accuracy=(1.0, 1.5), source="DLMF 4.24.9")
atan2: Op = binary("atan2", lambda y, x, out: x / hypot(x, y) / hypot(x, y),
    lambda y, x, out: -y / hypot(x, y) / hypot(x, y), numpy="np.arctan2", python="math.atan2",
    mpmath="atan2", test=(NONZERO_SAMPLE, Interval(-40, 40)),
    range=Interval(-2 * RIGHT_ANGLE, 2 * RIGHT_ANGLE), cost=20,
    latex=r"\operatorname{{atan2}}", accuracy=(1.0, 2.5),
    source="the angle of the point (x, y); DLMF 4.24.9")

sinh: Op = unary("sinh", lambda x, out: cosh(x), numpy="np.sinh",
    native=("exponentials.sinh", 2.5), mpmath="sinh",
    test=(WIDE,), facts="odd increasing", cost=15, latex=r"\sinh", accuracy=(1.0, 1.5),
    source="DLMF 4.34.1")
cosh: Op = unary("cosh", lambda x, out: sinh(x), numpy="np.cosh",
    native=("exponentials.cosh", 1.5), python="math.cosh", mpmath="cosh",
    test=(WIDE,), range=Interval(1, inf, True), facts="even", cost=15, latex=r"\cosh",
    accuracy=(1.5, 1.0), source="DLMF 4.34.2")
tanh: Op = unary("tanh", lambda x, out: sech(x)**2, numpy="np.tanh",
    native=("exponentials.tanh", 2.5),
    mpmath="tanh", test=(WIDE,), range=BALL, facts="odd increasing",
    cost=10, latex=r"\tanh", accuracy=(1.0, 3.5), source="DLMF 4.34.3")
sech: Op = unary("sech", lambda x, out: -out * tanh(x), numpy="kernels.sech",
    native=("exponentials.sech", 2.5), mpmath="sech",
    test=(WIDE,), range=Interval(0, 1, False, True), facts="even", cost=15,
    latex=r"\operatorname{{sech}}", accuracy=(2.0, 3.5), source="DLMF 4.34.5")
log_cosh: Op = unary("log_cosh", lambda x, out: tanh(x), numpy="kernels.log_cosh",
    mpmath=lambda mp, x: mp.log1p(2 * mp.sinh(x / 2) ** 2), test=(WIDE,), range=NONNEGATIVE,
    facts="even",
    cost=40, latex=r"\log\cosh", accuracy=(2.0, 1.5), source="log(cosh(x)); DLMF 4.34.3")
asinh: Op = unary("asinh", lambda x, out: 1 / hypot(x, 1), numpy="np.arcsinh",
    mpmath="asinh", facts="odd increasing", cost=20,
    latex=r"\operatorname{{arsinh}}", accuracy=(1.0, 1.5), source="DLMF 4.38.9")
acosh: Op = unary("acosh", lambda x, out: 1 / (sqrt(x - 1) * sqrt(x + 1)), numpy="np.arccosh",
    mpmath="acosh", domain=(Interval(1, inf),), range=NONNEGATIVE,
    kinks=((1.0, inf),), facts="increasing", cost=20,
    latex=r"\operatorname{{arcosh}}", accuracy=(1.0, 2.0), source="DLMF 4.38.10")
atanh: Op = unary("atanh", lambda x, out: 1 / ((1 - x) * (1 + x)), numpy="np.arctanh",
    mpmath="atanh", domain=(BALL,), facts="odd increasing", cost=20,
    latex=r"\operatorname{{artanh}}", accuracy=(1.0, 2.0), source="DLMF 4.38.11")

sigmoid: Op = unary("sigmoid", lambda x, out: out * sigmoid(-x), numpy="special.expit",
    native=("exponentials.sigmoid", 2.0),
    mpmath=lambda mp, x: 1 / (1 + mp.exp(-x)), test=(WIDE,), range=UNIT,
    facts="increasing", cost=11, latex=r"\sigma", pretty="σ", accuracy=(1.5, 3.0),
    source="the logistic function 1/(1 + exp(-x))")
softplus: Op = unary("softplus", lambda x, out: sigmoid(x), numpy="kernels.softplus",
    native=("logarithms.softplus", 1.5),
    mpmath=lambda mp, x: mp.log1p(mp.exp(x)), test=(WIDE,), range=POSITIVE,
    facts="increasing", cost=30, latex=r"\operatorname{{softplus}}",
    accuracy=(1.5, 1.5), source="log(1 + exp(x))")
relu: Op = unary("relu", lambda x, out: where(x > 0, 1, 0), numpy="kernels.relu",
    native=("basic.relu", 0.0),
    mpmath=lambda mp, x: max(x, mp.mpf(0)), range=NONNEGATIVE, kinks=((0.0, 0.0),),
    latex=r"\operatorname{{relu}}", accuracy=(0.0, 0.0), source="max(x, 0); slope 0 at 0")
sigmoid_cross_entropy: Op = binary("sigmoid_cross_entropy", lambda z, x, out: -x,
    lambda z, x, out: sigmoid(x) - z, numpy="kernels.sigmoid_cross_entropy",
    mpmath=lambda mp, z, x: max(x, 0) - x * z + mp.log1p(mp.exp(-abs(x))), test=(UNIT, WIDE),
    facts="mixed", cost=35, accuracy=(2.0, 2.0),
    source="-z*log(sigmoid(x)) - (1 - z)*log(1 - sigmoid(x))")
