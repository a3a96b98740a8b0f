"""Polynomials with exact coefficients over numbered kernels, as plain dictionaries.

A monomial is a tuple of pairs (kernel, exponent), sorted by kernel, exponents positive.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import gcd, lcm
from typing import TypeAlias

Exact: TypeAlias = int | Fraction
Monomial: TypeAlias = tuple[tuple[int, int], ...]
Terms: TypeAlias = dict[Monomial, Exact]

ONE: Monomial = ()


class Poly:
    """A polynomial that may be a key; its terms are never changed."""

    __slots__ = ("_hash", "terms")

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._hash = hash(frozenset(terms.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Poly) and self.terms == other.terms

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Poly({self.terms})"


def short(value: Exact) -> Exact:
    """A fraction without denominator as an int."""
    return value.numerator if value.denominator == 1 else value


def times(a: Monomial, b: Monomial) -> Monomial:
    """The product of two monomials."""
    if not a or not b:
        return a or b
    found = dict(a)
    for kernel, e in b:
        found[kernel] = found.get(kernel, 0) + e
    return tuple(sorted(found.items()))


def over(a: Monomial, b: Monomial) -> Monomial | None:
    """``a/b``, or None where that is no monomial."""
    found = dict(a)
    for kernel, e in b:
        left = found.get(kernel, 0) - e
        if left < 0:
            return None
        if left:
            found[kernel] = left
        else:
            found.pop(kernel, None)
    return tuple(sorted(found.items()))


def added(a: Terms, b: Terms, scale: Exact = 1) -> Terms:
    """``a + scale*b``."""
    found = dict(a)
    for monomial, c in b.items():
        total = found.get(monomial, 0) + scale * c
        if total:
            found[monomial] = total
        else:
            found.pop(monomial, None)
    return found


def multiplied(a: Terms, b: Terms) -> Terms:
    """The product of two polynomials."""
    found: Terms = {}
    for m, c in a.items():
        for n, d in b.items():
            monomial = times(m, n)
            total = found.get(monomial, 0) + c * d
            if total:
                found[monomial] = total
            else:
                found.pop(monomial, None)
    return found


def content(terms: Terms) -> Exact:
    """The greatest positive number whose multiples all coefficients are."""
    numbers = terms.values()
    found = Fraction(
        gcd(*[Fraction(c).numerator for c in numbers]),
        lcm(*[Fraction(c).denominator for c in numbers]),
    )
    return found.numerator if found.denominator == 1 else found


def common(monomials: Iterable[Monomial]) -> Monomial:
    """The greatest monomial that divides all of them."""
    several = iter(monomials)
    found = dict(next(several))
    for monomial in several:
        exponents = dict(monomial)
        found = {k: min(e, exponents[k]) for k, e in found.items() if k in exponents}
    return tuple(sorted(found.items()))


def scaled(terms: Terms, factor: Exact, divisor: Monomial = ONE) -> Terms:
    """``factor*terms/divisor`` for a monomial that divides all terms."""
    found: Terms = {}
    for monomial, c in terms.items():
        left = over(monomial, divisor)
        assert left is not None
        product = c * factor
        if type(product) is Fraction and product.denominator == 1:
            product = product.numerator
        found[left] = product
    return found


def leading(terms: Terms) -> Monomial:
    """The term that comes first in the order of ``exceeds``."""
    return max(terms, key=_key)


def _key(monomial: Monomial) -> tuple[tuple[int, int], ...]:
    return tuple([(-kernel, e) for kernel, e in monomial])


def divided(a: Terms, b: Terms) -> Terms | None:
    """``a/b`` where nothing is left over, else None."""
    if len(b) > len(a) and len(a) == 1:
        return None
    first = leading(b)
    quotient: Terms = {}
    left = a
    while left:
        top = leading(left)
        monomial = over(top, first)
        if monomial is None or len(quotient) > len(a) + 24:
            return None
        c = Fraction(left[top]) / b[first]
        factor = c.numerator if c.denominator == 1 else c
        quotient[monomial] = factor
        left = added(left, {times(monomial, m): d for m, d in b.items()}, -factor)
    return quotient
