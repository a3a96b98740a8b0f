"""Kernels of exponentials and hyperbolic functions.

All begin with ``x = k*log(2) + r``, ``|r| <= log(2)/2``, and the one polynomial for ``exp(r) - 1``,
which code with several of them has once.
"""

from __future__ import annotations

from .vectors import (
    MAGIC,
    Value,
    absolute,
    copysign,
    fma,
    greatest,
    least,
    polynomial,
    power_of_two,
    scaled,
    select,
)

LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.693147180559663, 2.8235290563031577e-13  # the first has 41 bits
_SERIES = [  # (exp(r) - 1 - r)/r**2: minimax for |r| <= log(2)/2, error 1.4e-18
    0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326084, 0.0013888888888883711,
    0.0001984126987500228, 2.480158732567746e-05, 2.755725517000089e-06, 2.755727347871858e-07,
    2.5105312729622103e-08, 2.09147553258932e-09,
]  # fmt: skip
LOWEST, HIGHEST = -746.0, 711.0  # beyond, exp is 0 and inf


def _parts(x: Value) -> tuple[Value, Value]:
    """``k + MAGIC`` and ``exp(r) - 1`` for ``x = k*log(2) + r``."""
    x = least(greatest(x, LOWEST), HIGHEST)
    power = fma(x, LOG2_E, MAGIC)
    k = power - MAGIC
    r = fma(k, -LN2_LOW, fma(k, -LN2_HIGH, x))
    return power, fma(r * r, polynomial(r, _SERIES), r)


def exp(x: Value) -> Value:
    power, excess = _parts(x)
    return scaled(1.0 + excess, power)


def _half_exp(x: Value) -> Value:
    """``exp(x)/2``, which is finite where a hyperbolic function is."""
    power, excess = _parts(x)
    return scaled(1.0 + excess, power - 1.0)


def expm1(x: Value) -> Value:
    power, excess = _parts(x)
    k = least(greatest(power - MAGIC, -60.0), 60.0)
    scale = power_of_two((k + MAGIC).bits)
    near = fma(scale, excess, scale - 1.0)
    return select(x > 40.0, scaled(1.0 + excess, power), select(x.equals(0.0), x, near))


def sinh(x: Value) -> Value:
    size = absolute(x)
    half = _half_exp(size)
    low = expm1(least(size, 1.0))
    near = 0.5 * (low + low / (low + 1.0))
    return copysign(select(size < 1.0, near, half - 0.25 / half), x)


def cosh(x: Value) -> Value:
    half = _half_exp(absolute(x))
    return half + 0.25 / half


def tanh(x: Value) -> Value:
    excess = expm1(2.0 * least(absolute(x), 20.0))
    return copysign(excess / (excess + 2.0), x)


def sech(x: Value) -> Value:
    """``1/cosh(x)``; beyond 700, where cosh overflows, ``2*exp(-x)``."""
    size = absolute(x)
    small = exp(-size)
    return select(size > 40.0, small + small, 2.0 * small / fma(small, small, 1.0))


def sigmoid(x: Value) -> Value:
    small = exp(-absolute(x))
    return select(x < 0.0, small, x.like(1.0)) / (1.0 + small)


def exp2(x: Value) -> Value:
    clamped = least(greatest(x, -1080.0), 1030.0)
    power = clamped + MAGIC
    r = clamped - (power - MAGIC)
    high = r * 0.6931471805599453
    low = fma(r, 0.6931471805599453, -high) + r * 2.3190468138462996e-17
    excess = fma(high * high, polynomial(high, _SERIES), high + low)
    return scaled(1.0 + excess, power)
