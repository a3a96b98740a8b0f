"""Kernels that are a few instructions: arithmetic, comparisons and choice."""

from __future__ import annotations

import operator

from .vectors import Value, select

add, sub, mul, div = operator.add, operator.sub, operator.mul, operator.truediv
neg = operator.neg
lt, le, gt, ge = operator.lt, operator.le, operator.gt, operator.ge
eq, ne = Value.equals, Value.differs


def same(x: Value) -> Value:
    return x


def real(x: Value) -> Value:
    return x.as_real()


def square(x: Value) -> Value:
    return x * x


def reciprocal(x: Value) -> Value:
    return 1.0 / x


def sign(x: Value) -> Value:
    signs = select(x > 0.0, x.like(1.0), select(x < 0.0, x.like(-1.0), 0.0))
    return select(x.is_nan, x, signs)


def maximum(x: Value, y: Value) -> Value:
    return select((x > y) | x.is_nan, x, y)


def minimum(x: Value, y: Value) -> Value:
    return select((x < y) | x.is_nan, x, y)


def clip(x: Value, low: Value, high: Value) -> Value:
    return minimum(maximum(x, low), high)


def relu(x: Value) -> Value:
    return maximum(x, x.like(0.0))


def _truth(x: Value) -> Value:
    return x if x.kind == "bool" else x.differs(0)


def both(x: Value, y: Value) -> Value:
    return _truth(x) & _truth(y)


def either(x: Value, y: Value) -> Value:
    return _truth(x) | _truth(y)


def negation(x: Value) -> Value:
    return ~_truth(x)
