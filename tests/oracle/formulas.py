"""Values and first and second partial derivatives of every function, by hand, in mpmath.

Nothing here is read from the rows of the package.  Each function takes numbers of mpmath and
gives ``(value, first, second)``: ``first[i]`` by argument i, ``second[i][j]`` by i and j, each the
int 0 where it is 0 whatever the arguments are.  Where a value or a derivative does not exist it is
nan or inf; conventions at kinks are those of docs/conventions.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
from mpmath import mp

Number = Any  # an mpf
Parts = tuple[Number, Sequence[Number], Sequence[Sequence[Number]]]
LARGEST = 1e7  # of an argument of exp, of a sine: beyond, mpmath would take for ever


class UndecidedError(Exception):
    """A condition, a kink or a jump so close that floats cannot decide it, or a huge argument."""


def moderate(x: Number) -> Number:
    """The argument itself, if mpmath can take its exponential."""
    if not abs(x) <= LARGEST:
        raise UndecidedError
    return x


def one(value: Number, first: Number, second: Number = 0) -> Parts:
    """The parts of a function of one argument."""
    return value, (first,), ((second,),)


def two(value: Number, first: Sequence[Number], second: Sequence[Number]) -> Parts:
    """The parts of a function of two arguments; ``second`` is by both, aa, ab, bb."""
    twice_a, mixed, twice_b = second
    return value, first, ((twice_a, mixed), (mixed, twice_b))


def over(a: Number, b: Number) -> Number:
    """The quotient, nan where the divisor is 0."""
    return a / b if b else mp.nan


def power(a: Number, n: Number) -> Number:
    """A real power; nan where it is complex, inf for a negative power of 0."""
    if n == 0:
        return mp.one
    if not a:
        return mp.zero if n > 0 else mp.inf
    if n == mp.floor(n) and abs(n) < LARGEST:
        moderate(n * mp.log(abs(a)))
        return a ** int(n)
    if a < 0:
        return mp.nan
    return mp.exp(moderate(n * mp.log(a)))


def power_of_constant(a: Number, n: Number) -> Parts:
    """A power whose exponent has no variable."""
    first = n * power(a, n - 1) if n else 0
    second = n * (n - 1) * power(a, n - 2) if n not in (0, 1) else 0
    return power(a, n), (first, 0), ((second, 0), (0, 0))


def general_power(a: Number, b: Number) -> Parts:
    value, (first, _), ((second, _), _) = power_of_constant(a, b)
    if a > 0:
        log = mp.log(a)
        by_exponent, mixed, twice = value * log, power(a, b - 1) * (1 + b * log), value * log**2
    elif a == 0 and b > 0:
        by_exponent = twice = mp.zero
        mixed = mp.zero if b > 1 else mp.nan
    else:
        by_exponent = mixed = twice = mp.nan
    return two(value, (first, by_exponent), (second, mixed, twice))


def xlogy(a: Number, b: Number) -> Parts:
    log = mp.log(b) if b > 0 else mp.nan
    if not a:
        return two(mp.zero, (log, mp.zero), (0, over(1, b), mp.zero))
    return two(a * log, (log, over(a, b)), (0, over(1, b), over(-a, b * b)))


def hypot(a: Number, b: Number) -> Parts:
    r = mp.sqrt(a * a + b * b)
    if not r:
        return two(r, (mp.zero, mp.zero), (mp.nan,) * 3)
    return two(r, (a / r, b / r), (b * b / r**3, -a * b / r**3, a * a / r**3))


def atan2(y: Number, x: Number) -> Parts:
    s = x * x + y * y
    if not s:
        return two(mp.zero, (mp.nan,) * 2, (mp.nan,) * 3)
    mixed, bend = (y * y - x * x) / s**2, 2 * x * y / s**2
    return two(mp.atan2(y, x), (x / s, -y / s), (-bend, mixed, bend))


def logaddexp(a: Number, b: Number) -> Parts:
    ea, eb = mp.exp(moderate(a)), mp.exp(moderate(b))
    share, rest = ea / (ea + eb), eb / (ea + eb)
    curve = share * rest
    return two(max(a, b) + mp.log1p(mp.exp(-abs(a - b))), (share, rest), (curve, -curve, curve))


def cross_entropy(z: Number, x: Number) -> Parts:
    e = mp.exp(moderate(x))
    value = max(x, 0) - x * z + mp.log1p(mp.exp(-abs(x)))
    return two(value, (-x, e / (1 + e) - z), (0, mp.mpf(-1), e / (1 + e) ** 2))


def beta(a: Number, b: Number) -> Parts:
    value = mp.beta(positive(a), positive(b))
    slope_a, slope_b = (mp.digamma(x) - mp.digamma(a + b) for x in (a, b))
    shared = mp.polygamma(1, a + b)
    second = (
        slope_a**2 + mp.polygamma(1, a) - shared,
        slope_a * slope_b - shared,
        slope_b**2 + mp.polygamma(1, b) - shared,
    )
    return two(value, (value * slope_a, value * slope_b), [value * x for x in second])


def positive(x: Number) -> Number:
    if not 0 < x < LARGEST:
        raise UndecidedError
    return x


def root(x: Number) -> Parts:
    if x <= 0:
        return one(mp.zero if x == 0 else mp.nan, mp.inf if x == 0 else mp.nan, mp.nan)
    r = mp.sqrt(x)
    return one(r, 1 / (2 * r), -1 / (4 * r**3))


def cube_root(x: Number) -> Parts:
    if not x:
        return one(mp.zero, mp.inf, mp.nan)
    r = mp.sign(x) * mp.cbrt(abs(x))
    return one(r, r / (3 * x), -2 * r / (9 * x * x))


def logarithm(x: Number, unit: Number = 1) -> Parts:
    if x <= 0:
        return one(-mp.inf if x == 0 else mp.nan, mp.inf if x == 0 else mp.nan, mp.nan)
    return one(mp.log(x) / unit, 1 / (x * unit), -1 / (x * x * unit))


def exponential(x: Number, unit: Number = 1, less: int = 0) -> Parts:
    value = mp.exp(moderate(x * unit))
    return one(mp.expm1(x) if less else value, unit * value, unit**2 * value)


def tangent(x: Number) -> Parts:
    t = mp.tan(moderate(x))
    return one(t, 1 + t * t, 2 * t * (1 + t * t))


def arc_sine(x: Number, sign: int) -> Parts:
    if abs(x) >= 1:
        value = (mp.asin(x) if sign > 0 else mp.acos(x)) if abs(x) == 1 else mp.nan
        return one(value, sign * mp.inf if abs(x) == 1 else mp.nan, mp.nan)
    rest = 1 - x * x
    slope = sign / mp.sqrt(rest)
    return one(mp.asin(x) if sign > 0 else mp.acos(x), slope, slope * x / rest)


def hyperbolic_tangent(x: Number) -> Parts:
    square = mp.sech(moderate(x)) ** 2
    return one(mp.tanh(x), square, -2 * mp.tanh(x) * square)


def hyperbolic_secant(x: Number) -> Parts:
    s, t = mp.sech(moderate(x)), mp.tanh(x)
    return one(s, -s * t, s * (1 - 2 * s * s))


def area_sine(x: Number) -> Parts:
    r = mp.sqrt(x * x + 1)
    return one(mp.asinh(x), 1 / r, -x / r**3)


def area_cosine(x: Number) -> Parts:
    if x <= 1:
        return one(mp.zero if x == 1 else mp.nan, mp.inf if x == 1 else mp.nan, mp.nan)
    r = mp.sqrt(x * x - 1)
    return one(mp.acosh(x), 1 / r, -x / r**3)


def area_tangent(x: Number) -> Parts:
    if abs(x) >= 1:
        return one(mp.nan, mp.nan, mp.nan)
    return one(mp.atanh(x), 1 / (1 - x * x), 2 * x / (1 - x * x) ** 2)


def logistic(x: Number) -> Parts:
    s, rest = 1 / (1 + mp.exp(-moderate(x))), 1 / (1 + mp.exp(x))
    return one(s, s * rest, s * rest * (rest - s))


def softplus(x: Number) -> Parts:
    s, slope, _ = logistic(x)
    return one(mp.log1p(mp.exp(x)), s, slope[0])


def error_function(x: Number, sign: int) -> Parts:
    slope = sign * 2 / mp.sqrt(mp.pi) * mp.exp(-(moderate(x) ** 2))
    return one(mp.erf(x) if sign > 0 else mp.erfc(x), slope, -2 * x * slope)


def inverse_error(x: Number) -> Parts:
    if abs(x) >= 1:
        return one(mp.nan, mp.nan, mp.nan)
    y = mp.erfinv(x)
    slope = mp.sqrt(mp.pi) / 2 * mp.exp(y * y)
    return one(y, slope, 2 * y * slope**2)


def gamma(x: Number) -> Parts:
    value, slope = mp.gamma(positive(x)), mp.digamma(x)
    return one(value, value * slope, value * (slope**2 + mp.polygamma(1, x)))


def log_gamma(x: Number) -> Parts:
    return one(mp.loggamma(positive(x)), mp.digamma(x), mp.polygamma(1, x))


def polygamma(n: Number, x: Number) -> Parts:
    k = _order(n)
    values = [mp.polygamma(k + i, positive(x)) for i in range(3)]
    return values[0], (mp.nan, values[1]), ((mp.nan, mp.nan), (mp.nan, values[2]))


def _order(n: Number) -> int:
    if n != mp.floor(n) or abs(n) > 1000:
        raise UndecidedError
    return int(n)


def bessel(function: Callable[..., Number], sign: int) -> Callable[[Number, Number], Parts]:
    """A Bessel function by order and argument, DLMF 10.6.1 and 10.29.1; none by the order."""

    def parts(n: Number, x: Number) -> Parts:
        k = _order(n)
        lowest, low, here, high, highest = (
            mp.re(function(k + i, moderate(x))) for i in range(-2, 3)
        )
        slope, curve = (low + sign * high) / 2, (lowest + 2 * sign * here + highest) / 4
        return here, (mp.nan, slope), ((mp.nan, mp.nan), (mp.nan, curve))

    return parts


def of_order(parts: Callable[..., Parts], n: int) -> Callable[[Number], Parts]:
    """A function with an order as one of one argument."""

    def fixed(x: Number) -> Parts:
        value, first, second = parts(mp.mpf(n), x)
        return one(value, first[1], second[1][1])

    return fixed


def by_taylor(f: Callable[[Number], Number]) -> Callable[[Number], Parts]:
    """Derivatives by mpmath's numerical differentiation, for functions without a short formula."""

    def parts(x: Number) -> Parts:
        value, slope, half = mp.taylor(f, moderate(x), 2)
        return one(value, slope, 2 * half)

    return parts


def spherical(n: Number, x: Number) -> Parts:
    k = _order(n)
    if not x:
        raise UndecidedError
    f = lambda t: mp.sqrt(mp.pi / (2 * t)) * mp.besselj(k + mp.mpf(1) / 2, t)
    sign = -1 if k % 2 and x < 0 else 1
    value, slope, half = mp.taylor(f, abs(x), 2)
    turned = mp.sign(x) * sign
    return sign * value, (mp.nan, turned * slope), ((mp.nan, mp.nan), (mp.nan, 2 * sign * half))


def log_of_complement(x: Number) -> Parts:
    """``log(1 - exp(-x))``."""
    if x <= 0:
        return one(mp.nan, mp.nan, mp.nan)
    grown = mp.expm1(moderate(x))
    value = mp.log1p(-mp.exp(-x)) if x > 1 else mp.log(-mp.expm1(-x))
    return one(value, 1 / grown, -(grown + 1) / grown**2)


def log_odds(x: Number) -> Parts:
    if not 0 < x < 1:
        return one(mp.nan, mp.nan, mp.nan)
    spread = x * (1 - x)
    return one(mp.log(x / (1 - x)), 1 / spread, (2 * x - 1) / spread**2)


def log_of_erfc(x: Number) -> Parts:
    value = mp.erfc(x)
    hazard = 2 * mp.exp(-moderate(x * x)) / (mp.sqrt(mp.pi) * value)
    log = mp.log1p(-mp.erf(x)) if x < 0.5 else mp.log(value)
    return one(log, -hazard, hazard * (2 * x - hazard))


def mills(x: Number) -> tuple[Number, Number, Number, Number]:
    """Logarithm of the normal distribution function, density over it, and its two derivatives."""
    value = mp.ncdf(x)
    moderate(x * x)
    m = mp.npdf(x) / value
    log = mp.log1p(-mp.ncdf(-x)) if x > 0 else mp.log(value)
    return log, m, -m * (x + m), m * (x + m) ** 2 - m + m * m * (x + m)


UNARY: dict[str, Callable[[Number], Parts]] = {
    "neg": lambda x: one(-x, mp.mpf(-1)),
    "square": lambda x: one(x * x, 2 * x, mp.mpf(2)),
    "reciprocal": lambda x: one(over(1, x), over(-1, x**2), over(2, x**3)),
    "stop_gradient": lambda x: one(x, 0),
    "sqrt": root,
    "cbrt": cube_root,
    "exp": exponential,
    "exp2": lambda x: exponential(x, mp.log(2)),
    "expm1": lambda x: exponential(x, less=1),
    "log": logarithm,
    "log1p": lambda x: (mp.log1p(x) if x > -1 else logarithm(1 + x)[0], *logarithm(1 + x)[1:]),
    "log2": lambda x: logarithm(x, mp.log(2)),
    "log10": lambda x: logarithm(x, mp.log(10)),
    "sin": lambda x: one(mp.sin(moderate(x)), mp.cos(x), -mp.sin(x)),
    "cos": lambda x: one(mp.cos(moderate(x)), -mp.sin(x), -mp.cos(x)),
    "tan": tangent,
    "asin": lambda x: arc_sine(x, 1),
    "acos": lambda x: arc_sine(x, -1),
    "atan": lambda x: one(mp.atan(x), 1 / (1 + x * x), -2 * x / (1 + x * x) ** 2),
    "sinh": lambda x: one(mp.sinh(moderate(x)), mp.cosh(x), mp.sinh(x)),
    "cosh": lambda x: one(mp.cosh(moderate(x)), mp.sinh(x), mp.cosh(x)),
    "tanh": hyperbolic_tangent,
    "sech": hyperbolic_secant,
    "asinh": area_sine,
    "acosh": area_cosine,
    "atanh": area_tangent,
    "sigmoid": logistic,
    "softplus": softplus,
    "erf": lambda x: error_function(x, 1),
    "erfc": lambda x: error_function(x, -1),
    "erfinv": inverse_error,
    "gamma": gamma,
    "lgamma": log_gamma,
    "digamma": lambda x: one(
        mp.digamma(positive(x)), mp.polygamma(1, x), mp.polygamma(2, x)
    ),
    "j0": of_order(bessel(mpmath.besselj, -1), 0),
    "j1": of_order(bessel(mpmath.besselj, -1), 1),
    "i0": of_order(bessel(mpmath.besseli, 1), 0),
    "i1": of_order(bessel(mpmath.besseli, 1), 1),
    "sinc": by_taylor(lambda t: mp.sincpi(t)),
    "log_cosh": lambda x: one(
        mp.log1p(2 * mp.sinh(moderate(x) / 2) ** 2), mp.tanh(x), mp.sech(x) ** 2
    ),
    "log1mexp": log_of_complement,
    "logit": log_odds,
    "log_erfc": log_of_erfc,
    "log_ndtr": lambda x: one(*mills(x)[:3]),
    "inverse_mills": lambda x: one(*mills(x)[1:]),
}  # fmt: skip

BINARY: dict[str, Callable[[Number, Number], Parts]] = {
    "add": lambda a, b: two(a + b, (mp.one, mp.one), (0, 0, 0)),
    "sub": lambda a, b: two(a - b, (mp.one, mp.mpf(-1)), (0, 0, 0)),
    "mul": lambda a, b: two(a * b, (b, a), (0, mp.one, 0)),
    "div": lambda a, b: two(
        over(a, b), (over(1, b), over(-a, b**2)), (0, over(-1, b**2), over(2 * a, b**3))
    ),
    "pow": general_power,
    "xlogy": xlogy,
    "weighted_log": xlogy,
    "hypot": hypot,
    "atan2": atan2,
    "logaddexp": logaddexp,
    "sigmoid_cross_entropy": cross_entropy,
    "beta": beta,
    "polygamma": polygamma,
    "jn": bessel(mpmath.besselj, -1),
    "iv": bessel(mpmath.besseli, 1),
    "spherical_jn": spherical,
}  # fmt: skip
WITH_ORDER = {"polygamma", "jn", "iv", "spherical_jn"}  # no derivative by the first argument
