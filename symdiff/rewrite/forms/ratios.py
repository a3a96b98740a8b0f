"""Arithmetic of fractions: sums over one denominator, what cancels cancelled.

A base is a node or a sum of products of bases, an exponent is rational.  A root is a power like
any other, and a sum that stays whole a factor like any other: fractions, terms and monomials are
all products of powers of bases.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor
from typing import NamedTuple, TypeAlias

from ...expr import Expr, Op
from .. import exact
from ..exact import Number, number
from ..terms import Product, Sum, lowest

MOST = 48  # terms of a sum
RAISED = 6  # the highest power of a sum that is written out
HIGHEST = 2**16  # the highest exponent
DIGITS = 2**256  # the largest coefficient of a term
WORK = 8_000  # terms looked at in one way of writing a graph

Base: TypeAlias = "Expr | Terms"
Powers: TypeAlias = Product[Base]
Terms: TypeAlias = "Sum[Powers]"
Value: TypeAlias = tuple[Number, Powers]

NONE: Powers = Product()
UNIT: Value = (1, NONE)


class Way(NamedTuple):
    """How sums are treated."""

    closed: int = 0  # sums that are factors stay whole: 1 if used or multiplied twice, 2 always
    trig: str = ""  # "cos": sin**2 is 1 - cos**2, tan is sin/cos; "sin": the other way round
    logistic: bool = False  # exponentials by sigmoids

    @property
    def is_plain(self) -> bool:
        """Whether functions stay as they are."""
        return not (self.trig or self.logistic)


class TooLong(Exception):
    """A sum that is not brought over one denominator."""


class Spent(Exception):
    """A graph that takes more than ``WORK``: no more forms of it are tried."""


class Ratios:
    """The arithmetic of values, in one way, and what it came across."""

    def __init__(self, closed: int) -> None:
        self.closed = closed
        self.squares: dict[Expr, Terms] = {}  # of functions that are written by others
        self.whole = False  # whether a sum stayed whole that could be multiplied out
        self.always = False  # whether one did only because all do
        self.raised: set[Op] = set()  # functions with squares in sums
        self.seen: dict[Terms, None] = {}  # sums that may be factors of others
        self.common: set[Base] = set()  # bases that several nodes use
        self.places: dict[Base, int] = {}  # the order in which terms are divided
        self.work = WORK

    def product(self, values: Sequence[Value]) -> Value:
        """The product of values.

        Raises: TooLong, as every operation does, where numbers or sums become too long.
        """
        c: Number = 1
        powers = NONE
        for own, factors in values:
            both = exact.times(c, own)
            if both is None or isinstance(both, float):
                raise TooLong
            c, powers = both, powers.times(factors)
        if any(not -HIGHEST <= e <= HIGHEST for e in powers.values()):
            raise TooLong
        for base, e in list(powers.items()):
            if (n := whole_number(base)) and (whole := floor(e)):
                c *= Fraction(n) ** whole  # 2**(3/2) is 2*sqrt(2)
                powers = powers.multiplied(base, -whole)
        return (exact.shorten(c), powers) if c else (0, NONE)

    def power(self, value: Value, exponent: Number) -> Value:
        """A whole power of a value, or any power of one whose bases are known to be positive."""
        c, powers = value
        if not exponent:
            return UNIT
        own = exact.power(c, exponent) if c else None
        if own is None or isinstance(own, float) or not -HIGHEST <= exponent <= HIGHEST:
            raise TooLong
        return own, powers.of_positive(exponent)

    def sum(self, values: Sequence[Value]) -> Value:
        """The sum of values over one denominator, with what cancels cancelled."""
        values = [v for v in values if v[0]]
        if len(values) < 2:
            return values[0] if values else (0, NONE)
        shared = lowest([powers for _, powers in values])
        total: Terms = Sum()
        for c, powers in values:
            total = total.plus(self.expanded(c, powers.over(shared)))
            if len(total) > MOST or _is_long(total):
                raise TooLong
        return self.reduced(total, shared)

    def expanded(self, c: Number, powers: Powers) -> Terms:
        """A product with nonnegative exponents, written out."""
        single: list[tuple[Base, Number]] = []
        sums: list[Terms] = []
        for base, e in powers.items():
            whole = floor(e)
            if isinstance(base, Expr) or not whole:
                single.append((base, e))
            elif self._stays(base, e) and len(powers) + whole > 2:
                single.append((base, e))
                self.whole = True
                self.always = self.always or not (whole > 1 or base in self.common)
            elif whole > RAISED:
                raise TooLong
            else:
                single.append((base, e - whole))
                sums += [base] * whole
        terms: Terms = self.multiplied(Sum([(NONE, c)]), Sum([(Product(single), 1)]))
        for total in sums:
            terms = self.multiplied(terms, total)
        return terms

    def _stays(self, base: Terms, e: Number) -> bool:
        """Whether a sum that is a factor is not multiplied out."""
        return self.closed > 1 or (self.closed == 1 and (e >= 2 or base in self.common))

    def multiplied(self, left: Terms, right: Terms) -> Terms:
        """The product of two sums, written out."""
        if len(left) * len(right) > 8 * MOST:
            raise TooLong
        self._spend(len(left) * len(right))
        total = left.times(right)
        for powers in total:
            self.raised.update([b.op for b, e in powers.items() if isinstance(b, Expr) and e > 1])
        while (found := self._by_others(total)) is not None:
            if len(total) > 2 * MOST:
                raise TooLong
            powers, part, terms = found
            rest = Sum([(powers.over(part), total[powers])])
            total = total.without(powers).plus(rest.times(terms))
        return total

    def _by_others(self, total: Terms) -> tuple[Powers, Powers, Terms] | None:
        """A term, a power in it, and the sum that this power is: ``sqrt(u)**2`` is ``u``."""
        for powers in total:
            for base, e in powers.items():
                if isinstance(base, Sum):
                    if e >= 1 and not self._stays(base, e):
                        return powers, Product([(base, 1)]), base
                elif base in self.squares and e >= 2:
                    return powers, Product([(base, 2)]), self.squares[base]
                elif (n := whole_number(base)) and e >= 1:
                    return powers, Product([(base, 1)]), Sum([(NONE, n)])
        return None

    def reduced(self, total: Terms, shared: Powers = NONE) -> Value:
        """A sum times powers, sums seen before as factors of it."""
        if not total:
            return 0, NONE
        factors: list[Value] = [(1, shared)]
        for base in [*[b for b in shared if isinstance(b, Sum)], *self.seen]:
            self._spend(len(total))
            while len(total) > 1 and (quotient := total.quotient(base, self.place)) is not None:
                total = quotient
                factors.append((1, Product([(base, 1)])))
        return self.product([*factors, self.primitive(total)])

    def primitive(self, total: Terms) -> Value:
        """A sum with its content and common powers in front."""
        powers = common(total)
        if len(total) == 1:
            return next(iter(total.values())), powers
        c: Number = total.content()
        if all(v < 0 for v in total.values()):
            c = -c
        rest = total.over(powers).scaled(Fraction(1) / Fraction(c))
        opposite = rest.scaled(-1)
        if rest not in self.seen and opposite in self.seen:
            c, rest = -c, opposite
        self.seen[rest] = None
        return exact.shorten(c), powers.multiplied(rest, 1)

    def place(self, base: Base) -> int:
        """Where a base stands among others when sums are divided."""
        return self.places.setdefault(base, len(self.places))

    def _spend(self, terms: int) -> None:
        self.work -= terms
        if self.work < 0:
            raise Spent


def common(total: Terms) -> Powers:
    """The powers that divide all terms: no root where a term has a whole power.

    ``x + sqrt(x)`` stays what it is.
    """
    powers = total.common()
    return Product([
        (base, e if all((m[base] - e) % 1 == 0 for m in total) else floor(e))
        for base, e in powers.items()
    ])  # fmt: skip


def whole_number(base: Base) -> int:
    """The integer that a base is, 0 if it is none: under a root there are no others."""
    value = number(base) if isinstance(base, Expr) else 0
    return value if type(value) is int else 0


def _is_long(total: Terms) -> bool:
    """Whether a coefficient has too many digits."""
    return any(abs(c.as_integer_ratio()[0]) > DIGITS for c in total.values())
