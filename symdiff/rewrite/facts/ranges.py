"""Sets of values, and their arithmetic: every result holds all values that an operation may give.

An end is a number with a side: ``(1.0, 0)`` is 1, ``(1.0, 1)`` lies just above 1 and ``(1.0, -1)``
just below it, so that tuples compare as the places on the line do, and ``(0.0, 1)`` as a lower end
is that of the positive numbers.  Ends that a float cannot hold, or that another order of additions
would round differently, are moved outward.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import copysign, frexp, inf, isfinite, isinf, nextafter
from typing import NamedTuple

from ...domain import Interval
from ..exact import HALF, Number

End = tuple[float, int]

ZERO: End = (0.0, 0)
LOWEST: End = (-inf, 1)
HIGHEST: End = (inf, -1)
LOWER, UPPER = -1, 1  # which end of a range, as the way that leads out of it
EPS, TINY = 2.0**-52, 5e-324
EXACT_SUM = 2.0**33  # sums of numbers below it that are multiples of GRID are not rounded
GRID = 2.0**-20
EXACT_INT = 2.0**53


class Range(NamedTuple):
    """The numbers from ``low`` to ``high``, and what else is known of a value among them."""

    low: End
    high: End
    hole: bool = False  # 0 is left out
    whole: bool = False  # whole numbers alone
    nan: bool = False  # or nan

    @property
    def nonzero(self) -> bool:
        return self.hole or self.low > ZERO or self.high < ZERO

    def contains(self, value: float) -> bool:
        return self.low <= (value, 0) <= self.high and not (self.hole and value == 0)

    @property
    def interval(self) -> Interval:
        (low, above), (high, below) = self.low, self.high
        return Interval(low, high, not above, not below)


REAL = Range(LOWEST, HIGHEST)
ZERO_TO_ONE = Range(ZERO, (1.0, 0))


def spanned(low: End, high: End, hole: bool) -> Range:
    """The range between two ends, without 0 if ``hole``."""
    if hole:
        low = (0.0, 1) if low == ZERO else low
        high = (0.0, -1) if high == ZERO else high
    return Range(low, high, hole)


@cache
def between(interval: Interval) -> Range:
    """The range of an interval, whose ends may be any numbers."""
    low, high = point(interval.low).low[0], point(interval.high).high[0]
    found = Range((low, int(not interval.closed_low)), (high, -int(not interval.closed_high)))
    return REAL if found == REAL else found


def point(value: Number) -> Range:
    """The range of one number, or of the floats beside it."""
    try:
        nearest = float(value) or (TINY if value > 0 else -TINY if value < 0 else 0.0)
    except OverflowError:
        nearest = inf if value > 0 else -inf
    exact, side = nearest == value, int(nearest != value)
    return Range(settled(nearest, LOWER, exact, side), settled(nearest, UPPER, exact, side))


def settled(nearest: float, way: int, exact: bool, side: int, ulps: float = 1.0) -> End:
    """The end that a computation gives: moved if not ``exact``, but not beyond 0.

    ``side`` is not 0 where an end that the computation started from does not belong to its range.
    """
    if exact:
        return (nearest, -way if side else 0)
    if nearest == -way * inf:
        return (-way * 1e308, -way)
    moved = beyond(nearest, way * ulps)
    return (moved if nearest == 0 or (moved > 0) == (nearest > 0) else 0.0, -way)


def beyond(value: float, ulps: float) -> float:
    """A number so many units of its last place away, or the next float."""
    if not isfinite(value):
        return value
    step = max(abs(value) * abs(ulps) * EPS, TINY)
    return nextafter(value + copysign(step, ulps), copysign(inf, ulps)) or 0.0


# -- choices -------------------------------------------------------------------------------------


def chosen(parts: Sequence[Range], low: Callable[..., End], high: Callable[..., End]) -> Range:
    """One number of each part, of which one is chosen: (min, max) any, (max, max) the largest."""
    hole = all(p.nonzero for p in parts)
    return Range(low([p.low for p in parts]), high([p.high for p in parts]), hole)


def meet(a: Range, b: Range) -> Range:
    """What two ranges share; ``a`` where that is nothing."""
    shared = spanned(max(a.low, b.low), min(a.high, b.high), a.hole or b.hole)
    return shared if shared.low <= shared.high else a


# -- arithmetic ----------------------------------------------------------------------------------


def negated(a: Range) -> Range:
    (low, above), (high, below) = a.low, a.high
    return Range((0.0 - high, -below), (0.0 - low, -above), a.hole)


def magnitude(a: Range) -> Range:
    """The absolute values."""
    if a.low >= ZERO:
        return a
    turned = negated(a)
    return turned if a.high <= ZERO else spanned(ZERO, max(a.high, turned.high), a.hole)


def total(parts: Sequence[Range]) -> Range:
    """Sums of one number of each."""
    return Range(_sum([p.low for p in parts], LOWER), _sum([p.high for p in parts], UPPER))


def _sum(ends: Sequence[End], way: int) -> End:
    values = [value for value, _ in ends]
    nearest, size = sum(values, 0.0), sum(map(abs, values))
    if size == inf:
        return (way * inf, -way)
    on_grid = size < EXACT_SUM and all((v / GRID).is_integer() for v in values)
    if on_grid or sum([v != 0 for v in values]) == 1:
        return (nearest, -way if any(side for _, side in ends) else 0)
    return (beyond(nearest + way * 2 * len(values) * EPS * size, way), -way)


def product(a: Range, b: Range) -> Range:
    """Products of one number of each."""
    if a is REAL or b is REAL:
        return REAL
    hole = a.nonzero and b.nonzero
    corners = [_corner(u, v, hole) for u in a[:2] for v in b[:2]]
    low, exact, side = min(corners)
    high, rounded, closed = max([(value, not exact, not side) for value, exact, side in corners])
    return Range(
        settled(low, LOWER, exact, side), settled(high, UPPER, not rounded, not closed), hole
    )


def _corner(u: End, v: End, hole: bool) -> tuple[float, bool, bool]:
    """A product of ends, whether it is exact, and whether it is left out.

    0 times anything is 0, which is there if a factor may be 0.
    """
    (p, p_side), (q, q_side) = u, v
    if p == 0 or q == 0:
        return 0.0, True, hole
    value = p * q or copysign(TINY, p) * copysign(1, q)
    whole = p.is_integer() and q.is_integer() and abs(value) < EXACT_INT
    return value, whole or abs(p) == 1 or abs(q) == 1, p_side != 0 or q_side != 0


def inverse(a: Range) -> Range:
    """``1/v`` for the numbers but 0."""
    if a.low[0] < 0 < a.high[0] or a.low[0] == a.high[0] == 0:
        return REAL._replace(hole=True)
    size = magnitude(a)
    inverted = Range(_reciprocal(size.high, LOWER), _reciprocal(size.low, UPPER))
    return inverted if a.high[0] > 0 else negated(inverted)


def _reciprocal(end: End, way: int) -> End:
    value, side = end
    if value == 0 or isinf(value):
        return (0.0, 1) if value else HIGHEST
    return settled(1 / value, way, frexp(value)[0] == 0.5 and value > 1e-300, side)


def raised(a: Range, exponent: Number) -> Range:
    """``v**exponent``; of negative numbers whole powers alone, and in floats ``(-inf)**0.5``."""
    if exponent == 0:
        return point(1)
    size = -exponent if exponent < 0 else exponent
    if size % 2 == 0 or (size % 1 and a.contains(-inf)):
        a = magnitude(a)
    elif size % 1:
        a = spanned(max(a.low, ZERO), max(a.high, ZERO), a.hole)
    powers = Range(_power(a.low, size, LOWER), _power(a.high, size, UPPER), a.hole)
    return inverse(powers) if exponent < 0 else powers


def _power(end: End, exponent: Number, way: int) -> End:
    value, side = end
    if value in (0.0, 1.0, -1.0) or isinf(value):
        return end
    try:
        nearest = float(value ** min(exponent, 1e300)) or copysign(TINY, value)
    except OverflowError:
        nearest = copysign(inf, value)
    whole = type(exponent) is int and value.is_integer() and abs(nearest) < EXACT_INT
    root = exponent == HALF and nearest.is_integer() and nearest**2 == value < EXACT_INT
    return settled(nearest, way, whole or root, side, 8)
