"""What is known of a node, held against a value of it."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np

import symdiff as sd
from symdiff.domain import Interval
from symdiff.expr import Expr
from symdiff.rewrite.facts.facts import Facts
from symdiff.rewrite.facts.ranges import ZERO

HALVES = [
    sd.REAL, sd.POSITIVE, sd.NONNEGATIVE, sd.NEGATIVE, sd.NONPOSITIVE, sd.UNIT,
    Interval(-1.0, 1.0, True, True), Interval(1.0, math.inf), Interval(1.0, 4.0, True, True),
    Interval(-3.0, -0.1, True), Interval(0.25, 0.7), Interval(0.0, math.pi, True, True),
    Interval(-math.pi / 2, math.pi / 2), Interval(1e-200, 1e200), Interval(-7.0, 2.5),
]  # fmt: skip
HOSTILE = [
    0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 1e-310, -1e-310, 1e-160, 1e160, -1e160, 1e300, -1e300, 40.0,
    -40.0, -800.0, 800.0, 1e-8, -1e-8, 1.0 - 2.0**-53, 1.0 + 2.0**-52, math.pi, math.pi / 2, 2.5,
]  # fmt: skip


def samples(domain: Interval, count: int = 6) -> list[float]:
    """Points of a domain, hostile ones and those next to its ends among them."""
    found = [*domain.sample(count), *HOSTILE]
    for end, toward in ((domain.low, math.inf), (domain.high, -math.inf)):
        found += [end, math.nextafter(end, toward)] if math.isfinite(end) else []
    return [v for v in dict.fromkeys(found) if domain.contains(v) and math.isfinite(v)]


def is_inside(interval: Interval, value: Any, strict: bool = True) -> bool:
    """Whether a value lies inside, or at an open end where the digits cannot tell."""
    low, high = mpmath.mpf(interval.low), mpmath.mpf(interval.high)
    above = value > low if strict and not interval.closed_low else value >= low
    below = value < high if strict and not interval.closed_high else value <= high
    return bool(above and below)


def check_real(facts: Facts, node: Expr, value: Any, strict: bool = True) -> None:
    """Facts over the reals at one point, where the value is a finite real number."""
    if isinstance(value, (bool, np.bool_)) or not mpmath.isfinite(value):
        return
    assert is_inside(facts.bounds(node), value, strict), (node, facts.bounds(node), value)
    if strict or value:
        known = facts.of(node)
        denied = known.high <= ZERO if value > 0 else known.low >= ZERO if value else known.nonzero
        assert not denied, (node, value)
    assert not facts.of(node).whole or mpmath.isint(value), (node, value)


def check_computed(facts: Facts, node: Expr, value: Any) -> None:
    """Facts of floats at one point."""
    value = float(value)
    if np.isnan(value):
        assert facts.computed(node).nan, node
    else:
        found = facts.computed(node)
        assert found.contains(value), (node, found, value)
