"""Arithmetic of intervals: every result holds all values that the operation may give.

Ends that a float cannot hold, or that another order of additions would round differently, are
moved outward.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import copysign, frexp, inf, isfinite, isinf, nextafter

from ...domain import NONNEGATIVE, REAL, Interval
from ..exact import HALF, Number

End = tuple[float, bool]  # a number, and whether the interval has it

NO_LOW: End = (-inf, False)
NO_HIGH: End = (inf, False)
EPS = 2.0**-52
EXACT_SUM = 2.0**33  # sums of numbers below it that are multiples of GRID are not rounded
GRID = 2.0**-20
EXACT_INT = 2.0**53


def made(low: End, high: End) -> Interval:
    if low == NO_LOW and high == NO_HIGH:
        return REAL
    return Interval(low[0], high[0], low[1], high[1])


def point(value: Number) -> Interval:
    """The interval of one number, or of the floats beside it."""
    try:
        nearest = float(value)
    except OverflowError:
        return Interval(1e308, inf) if value > 0 else Interval(-inf, -1e308)
    if nearest == value:
        return Interval(nearest, nearest, True, True)
    return around(nearest, nearest)


def around(low: float, high: float, ulps: float = 1.0) -> Interval:
    """From a little below ``low`` to a little above ``high``."""
    return Interval(beyond(low, -ulps), beyond(high, ulps))


def low_end(a: Interval) -> End:
    return (a.low, a.closed_low)


def beyond(value: float, ulps: float) -> float:
    """A number so many units of its last place away, or the next float."""
    if not isfinite(value):
        return value
    step = max(abs(value) * abs(ulps) * EPS, 5e-324)
    moved = nextafter(value + (step if ulps > 0 else -step), inf if ulps > 0 else -inf)
    return 0.0 if moved == 0 else moved


def hull(parts: Sequence[Interval]) -> Interval:
    """The least interval that holds all parts."""
    low = min([(p.low, not p.closed_low) for p in parts])
    high = max([(p.high, p.closed_high) for p in parts])
    return made((low[0], not low[1]), high)


def meet(a: Interval, b: Interval) -> Interval:
    """What both have; ``a`` where that is nothing."""
    low = max((a.low, not a.closed_low), (b.low, not b.closed_low))
    high = min((a.high, a.closed_high), (b.high, b.closed_high))
    if low[0] > high[0] or (low[0] == high[0] and (low[1] or not high[1])):
        return a
    return made((low[0], not low[1]), high)


def is_below(a: Interval, b: Interval) -> bool:
    """Whether every number of ``a`` is less than every number of ``b``."""
    return a.high < b.low or (a.high == b.low and not (a.closed_high and b.closed_low))


def is_inside(a: Interval, low: float, high: float) -> bool:
    """Whether ``a`` lies between two numbers that may be rounded."""
    return a.low >= beyond(low, -4) and a.high <= beyond(high, 4)


def negated(a: Interval) -> Interval:
    return Interval(-a.high, -a.low, a.closed_high, a.closed_low)


def magnitude(a: Interval) -> Interval:
    """The absolute values."""
    if a.low >= 0:
        return a
    if a.high <= 0:
        return negated(a)
    return made((0.0, True), max((-a.low, a.closed_low), (a.high, a.closed_high)))


def larger(parts: Sequence[Interval]) -> Interval:
    """The maximum of one number of each."""
    low = max([(p.low, not p.closed_low) for p in parts])
    return made((low[0], not low[1]), max([(p.high, p.closed_high) for p in parts]))


def smaller(parts: Sequence[Interval]) -> Interval:
    """The minimum of one number of each."""
    return negated(larger([negated(p) for p in parts]))


def total(parts: Sequence[Interval]) -> Interval:
    """Sums of one number of each."""
    low = NO_LOW if any(p.low == -inf for p in parts) else _total(parts, -1)
    high = NO_HIGH if any(p.high == inf for p in parts) else _total(parts, 1)
    return made(low, high)


def _total(parts: Sequence[Interval], ulps: float) -> End:
    """The sum of the lower ends, or with ``ulps`` 1 of the upper ones, which are finite."""
    ends = [_ends(p)[ulps > 0] for p in parts]
    values = [v for v, _ in ends]
    low, size = sum(values), sum(map(abs, values))
    if isinf(low) or isinf(size):
        return (ulps * inf, False)
    grid = size < EXACT_SUM and all((v / GRID).is_integer() for v in values)
    if grid or sum([v != 0 for v in values]) == 1:
        return (low, all(closed for _, closed in ends))
    return (beyond(low + ulps * 2 * len(values) * EPS * size, ulps), False)


def product(a: Interval, b: Interval) -> Interval:
    """Products of one number of each."""
    if a is REAL and b is REAL:
        return REAL
    high = _lowest(negated(a), b)
    return made(_lowest(a, b), (-high[0] if high[0] else 0.0, high[1]))


def _lowest(a: Interval, b: Interval) -> End:
    zero = a.contains(0.0) or b.contains(0.0)
    ends = [_corner(u, v, zero) for u in _ends(a) for v in _ends(b)]
    low, is_open = min([(value, not closed) for value, closed in ends])
    return (low, not is_open)


def _ends(a: Interval) -> tuple[End, End]:
    return (a.low, a.closed_low), (a.high, a.closed_high)


def _corner(u: End, v: End, zero: bool) -> End:
    """A product of ends; 0 times anything is 0, which is there if a factor may be 0."""
    if u[0] == 0 or v[0] == 0:
        return (0.0, zero)
    value = u[0] * v[0]
    if isinf(value):
        return (value if isinf(u[0]) or isinf(v[0]) else _unrounded(value), False)
    whole = u[0].is_integer() and v[0].is_integer() and abs(value) < EXACT_INT
    if whole or abs(u[0]) == 1 or abs(v[0]) == 1:
        return (value, u[1] and v[1])
    return (beyond(value, -1) if value or (u[0] > 0) != (v[0] > 0) else 0.0, False)


def _unrounded(value: float) -> float:
    """The least value of a product that overflowed."""
    return 1e308 if value > 0 else -inf


def inverse(a: Interval) -> Interval:
    """``1/v`` for the numbers but 0."""
    if a.low < 0 < a.high or a.low == a.high == 0:
        return REAL
    positive = a if a.low >= 0 else negated(a)
    low, high = _ends(positive)
    found = made(_reciprocal(high, -1), _reciprocal(low, 1))
    return found if positive is a else negated(found)


def _reciprocal(end: End, ulps: float) -> End:
    value, closed = end
    if value == 0:
        return (inf, False)
    if isinf(value):
        return (0.0, False)
    if frexp(value)[0] == 0.5 and abs(value) > 1e-300:
        return (1 / value, closed)
    return (inf if value < 1e-300 and ulps > 0 else beyond(1 / value, ulps), False)


def raised(a: Interval, exponent: Number) -> Interval:
    """``v**exponent``; of negative numbers whole powers alone."""
    if exponent == 0:
        return point(1)
    found = _raised(a, -exponent if exponent < 0 else exponent)
    return inverse(found) if exponent < 0 else found


def _raised(a: Interval, exponent: Number) -> Interval:
    whole = float(exponent).is_integer()
    if whole and int(exponent) % 2 == 0:
        a = magnitude(a)
    elif not whole:
        a = meet(a, NONNEGATIVE)
        if a.low < 0:
            return REAL
    low, high = _ends(a)
    return made(_power(low, exponent, -8), _power(high, exponent, 8))


def _power(end: End, exponent: Number, ulps: float) -> End:
    value, closed = end
    if value == 0 or abs(value) == 1 or isinf(value):
        return (value if value > 0 or exponent % 2 or not value else 1.0, closed)
    try:
        found = float(value**exponent)
    except OverflowError:
        outward = (ulps > 0) == (value > 0)
        return (copysign(inf if outward else 1e308, value), False)
    if type(exponent) is int and value.is_integer() and abs(found) < EXACT_INT:
        return (found, closed)
    if exponent == HALF and found.is_integer() and found * found == value < EXACT_INT:
        return (found, closed)
    moved = beyond(found, ulps)
    return (moved if moved * value > 0 else 0.0, False)
