"""Numbers as coefficients and exponents: exact stays exact, floats only where nothing is lost,
and those as decimals.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import floor, frexp, gcd, isfinite, lcm
from typing import TypeAlias

from .. import decimals
from ..expr import Expr
from ..leaves import Const
from ..ops.arithmetic import mul

Number: TypeAlias = int | Fraction | float
Root: TypeAlias = tuple[int, Fraction]  # a power of a prime by its exponent

BITS = 1024  # exact results with longer numerators or denominators are not computed
TINY = 2.0**-1022
HALF = Fraction(1, 2)
PRIMES = 1000  # those below it are found in a number


def number(node: Expr) -> Number | None:
    """The value of a scalar constant that is a finite number, else None."""
    if node.op is not Const or node.shape:
        return None
    value: Number = node.params[0]
    if type(value) is bool or (type(value) is float and not isfinite(value)):
        return None
    return value


def is_term(node: Expr) -> bool:
    """Whether a canonical node is a number times a rest."""
    args = node.args
    if node.op is not mul or len(args) != 2:
        return False
    return args[0].op is Const and number(args[0]) is not None


def plus(a: Number, b: Number) -> Number | None:
    """``a + b``, or None where the result is not a number that may stand for the sum."""
    try:
        total = a + b
    except OverflowError:
        return None
    if type(total) is float:
        total = decimals.plus(a, b)
    return _checked(total, total == 0)


def times(a: Number, b: Number) -> Number | None:
    """``a*b``, or None where it over- or underflows or becomes too long."""
    try:
        product = a * b
    except OverflowError:
        return None
    if type(product) is float:
        product = decimals.times(a, b)
    return _checked(product, not (a and b))


def apart(a: Number, b: Number) -> tuple[Number, Number]:
    """Two numbers that have no product: the one to stand outside, with the sign of both, and
    the one inside, which is the longer.
    """
    outer, inner = -a if a < 0 else a, -b if b < 0 else b
    if _bits(outer) > _bits(inner):
        outer, inner = inner, outer
    return (outer if (a < 0) == (b < 0) else -outer), inner


def power(base: Number, exponent: Number) -> Number | None:
    """``base**exponent``: exact for exact numbers, with perfect roots; None where it is not."""
    if base == 1 or (base == 0 and exponent < 0):
        return base if base == 1 else None
    if type(exponent) is int:
        if type(base) is not float and _bits(base) * abs(exponent) > BITS:
            return None
        if type(base) is float and exponent < 0 and abs(frexp(base)[0]) != 0.5:
            return None  # 1/3.0 would be rounded once more
        exact = Fraction(base) if type(base) is int and exponent < 0 else base
        try:
            return _checked(decimals.power(exact, exponent), base == 0)
        except OverflowError:
            return None
    if isinstance(exponent, Fraction):
        if type(base) is int and base == 0:
            return 0
        parts = root(base, exponent)
        return parts[0] if parts is not None and not parts[1] else None
    return None


def root(base: Number, exponent: Fraction) -> tuple[Number, list[Root]] | None:
    """A broken power of an exact positive number: what comes out of the root, and powers of primes
    with exponents between 0 and 1.  None for other numbers and where they are too long.

    Of a number without small factors only a perfect power comes out.

    >>> from fractions import Fraction
    >>> root(12, Fraction(1, 2)), root(Fraction(3, 8), Fraction(1, 3))
    ((2, [(3, Fraction(1, 2))]), (Fraction(1, 2), [(3, Fraction(1, 3))]))
    >>> root(12, Fraction(-1, 2))
    (Fraction(1, 6), [(3, Fraction(1, 2))])
    """
    if isinstance(base, float) or base <= 0 or _bits(base) * max(abs(exponent), HALF) > BITS:
        return None
    outside: Number = 1
    inside: list[Root] = []
    top, bottom = base.as_integer_ratio()
    for n, sign in ((top, 1), (bottom, -1)):
        for factor, count in factors(n, exponent.denominator):
            total = sign * count * exponent
            whole = floor(total)
            outside *= Fraction(factor) ** whole
            if total != whole:
                inside.append((factor, total - whole))
    checked = _checked(shorten(outside), False)
    return None if checked is None else (checked, inside)


@lru_cache(256)
def factors(n: int, degree: int) -> list[tuple[int, int]]:
    """The primes below 1000 in a positive integer, with how often they divide it, and what is left
    over, which is looked at once more: it may be a whole power of this degree.

    >>> factors(2**3 * 7 * 1009**2, 2)
    [(2, 3), (7, 1), (1009, 2)]
    """
    found, divisor = [], 2
    while divisor < PRIMES and divisor * divisor <= n:
        count = 0
        while n % divisor == 0:
            n //= divisor
            count += 1
        if count:
            found.append((divisor, count))
        divisor += 1
    if n > 1:
        whole = _whole_root(n, degree)
        found.append((n, 1) if whole**degree != n else (whole, degree))
    return found


def _whole_root(n: int, degree: int) -> int:
    """The integer part of a root (Newton's method from above)."""
    if degree >= n.bit_length():
        return 1
    guess = 1 << -(-n.bit_length() // degree)
    while (lower := ((degree - 1) * guess + n // guess ** (degree - 1)) // degree) < guess:
        guess = lower
    return guess


def tidy_exponent(exponent: Number) -> Number:
    """Float exponents that are small multiples of 1/2 as exact numbers."""
    if type(exponent) is float and abs(exponent) <= 64 and (2 * exponent).is_integer():
        return shorten(Fraction(exponent))
    return exponent


def content(coefficients: Sequence[Number]) -> Number:
    """The greatest number that divides all coefficients, negative where all of them are."""
    sign = -1 if all(c < 0 for c in coefficients) else 1
    if any(type(c) is float for c in coefficients):
        return sign
    fractions = [Fraction(c) for c in coefficients]
    top = gcd(*[f.numerator for f in fractions])
    return shorten(sign * Fraction(top, lcm(*[f.denominator for f in fractions])))


def over(coefficient: Number, content: Number) -> Number:
    """A coefficient without the number that all of them are multiples of."""
    if type(coefficient) is float or type(content) is float:
        quotient = coefficient / content
        return 1 if quotient == 1 else quotient
    return shorten(Fraction(coefficient) / content)


def common_number(coefficients: Sequence[Number]) -> Number:
    """The positive number to write in front of a sum with these coefficients, 1 for none.

    >>> from fractions import Fraction
    >>> common_number([3, -3]), common_number([Fraction(1, 3), Fraction(2, 3)])
    (3, Fraction(1, 3))
    >>> common_number([1, 3]), common_number([2, 4])
    (1, 1)
    """
    sizes: list[Number] = [-c if c < 0 else c for c in coefficients]
    if 1 in sizes:
        return 1
    if sizes.count(sizes[0]) == len(sizes):
        return sizes[0]
    found = content(sizes)
    return found if type(found) is Fraction and any(s == found for s in sizes) else 1


def shorten(value: Number) -> Number:
    """A fraction without denominator as an int."""
    if type(value) is Fraction and value.denominator == 1:
        return value.numerator
    return value


def _checked(value: Number, zero: bool) -> Number | None:
    if type(value) is float:
        return value if isfinite(value) and (zero or abs(value) >= TINY) else None
    if type(value) is int:
        return value if value.bit_length() <= BITS else None
    return shorten(value) if _bits(value) <= BITS else None


def _bits(value: Number) -> int:
    if isinstance(value, Fraction):
        return max(value.numerator.bit_length(), value.denominator.bit_length())
    return value.bit_length() if isinstance(value, int) else 0
