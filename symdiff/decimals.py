"""Arithmetic on floats as the decimals that a person writes: ``3*8.4`` is 25.2.

A decimal of at most 15 digits is told apart by its float, and so can be given back: nobody who
writes 8.4 means the binary fraction next to it.  Floats that take more digits were computed; their
arithmetic is that of the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from operator import add, mul, sub
from typing import Any

DIGITS = 15  # of decimals that every float gives back, ``sys.float_info.dig``
TINY = 2.0**-1022  # below it floats have fewer digits


def plus(a: Any, b: Any) -> Any:
    """``a + b`` of numbers.

    >>> plus(0.1, 0.2), plus(1, -1.1), plus(1.0, -1.0000000000000002)
    (0.3, -0.1, -2.220446049250313e-16)
    """
    return _folded(add, a, b)


def minus(a: Any, b: Any) -> Any:
    """``a - b`` of numbers."""
    return _folded(sub, a, b)


def times(a: Any, b: Any) -> Any:
    """``a*b`` of numbers.

    >>> from fractions import Fraction
    >>> times(3, 8.4), times(0.3, Fraction(1, 3)), times(0.1234567890123456, 3)
    (25.2, 0.1, 0.3703703670370368)
    """
    return _folded(mul, a, b)


def power(a: Any, n: int) -> Any:
    """``a**n`` of a number.

    >>> power(2.2, 2), power(3, 2), power(0.7, 40)
    (4.84, 9, 6.366805760909012e-07)
    """
    return _folded(pow, a, n) if -DIGITS <= n <= DIGITS else a**n


def _folded(operation: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """The decimal that two decimals give where it has few digits, else what the machine gives."""
    value = operation(a, b)
    if type(value) is not float or _is_decimal(value):
        return value
    if not all(_is_decimal(x) for x in (a, b) if type(x) is float):
        return value
    exact = operation(_decimal(a), _decimal(b))
    rounded = float(exact)
    return rounded if _is_decimal(rounded) and _decimal(rounded) == exact else value


def _is_decimal(value: float) -> bool:
    """Whether a float is written with few digits; so are 0, inf and nan, and no subnormal one."""
    digits = repr(value).partition("e")[0].lstrip("-0.").replace(".", "").rstrip("0")
    return len(digits) <= DIGITS and not 0 < abs(value) < TINY


def _decimal(value: Any) -> Any:
    return Fraction(repr(value)) if type(value) is float else value
