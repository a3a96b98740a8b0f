"""Kernels of roots."""

from __future__ import annotations

from .vectors import INF, Value, absolute, fma, select, sqrt

_LARGE, _SMALL, _FACTOR = 2.0**510, 2.0**-450, 2.0**600


def hypot(x: Value, y: Value) -> Value:
    """``sqrt(x**2 + y**2)``, with numbers whose squares leave the range of doubles scaled."""
    x, y = absolute(x), absolute(y)
    ordered = x > y
    most, least = select(ordered, x, y), select(ordered, y, x)
    large, small = most > _LARGE, most < _SMALL
    factor = select(large, x.like(1 / _FACTOR), select(small, x.like(_FACTOR), 1.0))
    back = select(large, x.like(_FACTOR), select(small, x.like(1 / _FACTOR), 1.0))
    a, b = most * factor, least * factor
    root = sqrt(fma(a, a, b * b)) * back
    return select(x.equals(INF) | y.equals(INF), x.like(INF), root)
