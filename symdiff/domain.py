"""Intervals of the real line: domains of variables, ranges of operations, places to test them."""

from __future__ import annotations

from math import inf, isinf, ldexp
from typing import Any

from .errors import ArgumentError
from .messages import short


class Interval:
    """The numbers from ``low`` to ``high``; an end is included if its ``closed`` flag is set.

    >>> POSITIVE.contains(0.0), NONNEGATIVE.contains(0.0)
    (False, True)
    >>> print(POSITIVE)
    (0, inf)
    """

    __slots__ = ("closed_high", "closed_low", "high", "low")

    def __init__(
        self, low: float, high: float, closed_low: bool = False, closed_high: bool = False
    ) -> None:
        if not low <= high:
            raise ArgumentError(
                f"an interval needs low <= high, got {short(low)} and {short(high)}"
            )
        self.low, self.high = low, high
        self.closed_low, self.closed_high = closed_low, closed_high

    def _key(self) -> tuple[float, float, bool, bool]:
        return (self.low, self.high, self.closed_low, self.closed_high)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Interval) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        left, right = "[" if self.closed_low else "(", "]" if self.closed_high else ")"
        return f"{left}{self.low:g}, {self.high:g}{right}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Interval, self._key())

    def contains(self, value: Any) -> Any:
        """True where ``value`` (a number or an array) lies inside; False for nan."""
        above = value >= self.low if self.closed_low else value > self.low
        below = value <= self.high if self.closed_high else value < self.high
        return above & below

    def sample(self, count: int) -> list[float]:
        """``count`` distinct floats inside, the same ones every time: dense near finite ends.

        A van der Corput sequence in base 2, mapped by magnitude where an end is infinite.
        """
        return [self._at(_van_der_corput(i + 1)) for i in range(count)]

    def _at(self, u: float) -> float:
        low, high = self.low, self.high
        if isinf(low) and isinf(high):
            return float((u - 0.5) * 2.0 ** (abs(u - 0.5) * 12))
        if isinf(high):
            return low + u / (1 - u)
        if isinf(low):
            return high - (1 - u) / u
        return low + u * (high - low)


def _van_der_corput(index: int) -> float:
    bits = index.bit_length()
    return ldexp(int(f"{index:b}"[::-1], 2), -bits)


REAL = Interval(-inf, inf)
POSITIVE = Interval(0.0, inf)
NONNEGATIVE = Interval(0.0, inf, closed_low=True)
NEGATIVE = Interval(-inf, 0.0)
NONPOSITIVE = Interval(-inf, 0.0, closed_high=True)
UNIT = Interval(0.0, 1.0)
