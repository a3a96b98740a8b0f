"""Kernels of logarithms and of functions made of them."""

from __future__ import annotations

import struct

from .exponentials import LN2_HIGH, LN2_LOW, exp
from .vectors import INF, NAN, Value, absolute, fma, greatest, least, polynomial, select

_SERIES = [  # log(1 + f) = 2s + s*R(s**2), s = f/(2 + f), |f| < 0.42; R(z)/z as in fdlibm's log
    6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01,
    2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01,
    1.479819860511658591e-01,
]  # fmt: skip
_TINY = 2.0**-1022
_HALF_ROOT = struct.unpack("<q", struct.pack("<d", 0.5**0.5))[0]
_SHIFT = struct.unpack("<q", struct.pack("<d", 1.0))[0] - _HALF_ROOT
_FRACTION = 2**52 - 1
_WHOLE = struct.unpack("<q", struct.pack("<d", 2.0**52))[0]


def split(x: Value) -> tuple[Value, Value]:
    """``k`` and ``m`` of ``x = m*2**k`` with m from sqrt(1/2) to sqrt(2), for finite ``x > 0``."""
    subnormal = x < _TINY
    bits = select(subnormal, x * 2.0**54, x).bits + _SHIFT
    k = ((bits >> 52) | _WHOLE).from_bits - select(
        subnormal, x.like(2.0**52 + 1077), 2.0**52 + 1023
    )
    return k, ((bits & _FRACTION) + _HALF_ROOT).from_bits


def _log_of(k: Value, f: Value, correction: Value | float) -> Value:
    """``k*log(2) + log(1 + f) + correction``."""
    s = f / (2.0 + f)
    z = s * s
    half = 0.5 * f * f
    series = z * polynomial(z, _SERIES)
    low = fma(k, LN2_LOW, correction)
    return fma(k, LN2_HIGH, f - (half - fma(s, half + series, low)))


def _with_ends(value: Value, x: Value, pole: float) -> Value:
    """The value of a logarithm with its limits: -inf at the pole, nan below, inf at inf."""
    inside = select(x < INF, value, x)
    return select(
        x > pole, inside, select(x.equals(pole), x.like(-INF), select(x < pole, x.like(NAN), x))
    )


def log(x: Value) -> Value:
    k, m = split(x)
    return _with_ends(_log_of(k, m - 1.0, 0.0), x, 0.0)


def log1p(x: Value) -> Value:
    total = 1.0 + x
    k, m = split(total)
    lost = select(total > 4.0, 1.0 - (total - x), x - (total - 1.0)) / total
    lost = select(k < 54.0, lost, 0.0)
    near = k.equals(0.0)
    value = _log_of(k, select(near, x, m - 1.0), select(near, 0.0, lost))
    return _with_ends(select(x.equals(0.0), x, value), x, -1.0)


def softplus(x: Value) -> Value:
    return select(x < 0.0, x.like(0.0), x) + log1p(exp(-absolute(x)))


_ = greatest, least
