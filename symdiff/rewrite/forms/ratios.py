"""Arithmetic of fractions: sums over one denominator, what cancels cancelled.

A base is a node or a sum of products of bases, an exponent is rational.  A root is a power like
any other, and a sum that stays whole a factor like any other: fractions, terms and monomials are
all products of powers of bases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations_with_replacement, permutations
from math import floor
from typing import NamedTuple, TypeAlias

from ...expr import Expr, Op
from ...leaves import Var
from .. import exact
from ..exact import Number, number
from ..terms import Product, Sum, euclid, leading, lowest, shared

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
    logistic: str = ""  # exponentials by sigmoids, whose logarithms are "log" or "softplus"
    turned: bool = False  # sigmoids of v - u for exponentials of u - v

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
        self.seen: dict[Terms, set[Base]] = {}  # sums that may be factors, and what is in them
        self.common: set[Base] = set()  # bases that several nodes use
        self.places: dict[Base, int] = {}  # the order in which terms are divided
        self.ranks: dict[Powers, list[tuple[int, Number]]] = {}  # of terms, by these places
        self.leaders: dict[Terms, Powers] = {}  # leading terms
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
        outside = _in_front([powers for _, powers in values])
        total: Terms = Sum()
        for c, powers in values:
            total = total.plus(self.expanded(c, powers.over(outside)))
            if len(total) > MOST or _is_long(total):
                raise TooLong
        return self.reduced(total, outside)

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
        terms = self.multiplied(Sum([(Product(single), c)]), Sum([(NONE, 1)]))
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
        bases = {base for powers in total for base in powers}
        for base in [*[b for b in shared if isinstance(b, Sum)], *self.seen]:
            self._spend(len(total))
            if not bases.issuperset(self.seen.get(base, ())):
                continue
            while len(total) > 1 and (quotient := total.quotient(base, self.leading)) is not None:
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
        self.seen[rest] = {base for powers in rest for base in powers}
        return exact.shorten(c), powers.multiplied(rest, 1)

    def coprime(self, value: Value) -> Value:
        """A value without sums that are multiples of other ones in it, and without sums above and
        below the bar that have a factor in common.
        """
        c, powers = value
        for u, v in permutations([b for b in powers if isinstance(b, Sum)], 2):
            e, f = powers[u], powers[v]
            if not e or not f or type(e) is not int:
                continue
            divisors = self._common_factors(u, v) if e > 0 > f and type(f) is int else [v]
            for divisor in divisors:
                above, below = (x.quotient(divisor, self.leading) for x in (u, v))
                if above is not None and below is not None:
                    parts = [(self.reduced(above), e), (self.reduced(below), f)]
                    parts.append((self.primitive(divisor), e + f))
                    rest = c, powers.without(u, v)
                    c, powers = self.product([rest, *[self.power(x, n) for x, n in parts]])
                    break
        return c, powers

    def _common_factors(self, u: Terms, v: Terms) -> list[Terms]:
        """What two sums may have in common, as polynomials in each base of both."""
        bases = [b for b in dict.fromkeys([b for p in u for b in p]) if any(b in q for q in v)]
        found = [v, *[euclid(u, v, b, MOST) for b in bases], *[leading(u, b)[1] for b in bases]]
        found = [total for total in found if len(total) > 1]
        return [total if total[self.leading(total)] > 0 else total.scaled(-1) for total in found]

    def paired(self, value: Value) -> Value:
        """Two sums whose product has at most two terms as that product."""
        while (pair := self._pair(value[1])) is not None:
            u, v, both, e = pair
            rest = value[0], value[1].without(u, v)
            value = self.product([rest, self.power(self.primitive(both), e)])
        return value

    def _pair(self, powers: Powers) -> tuple[Terms, Terms, Terms, int] | None:
        sums = [(b, e) for b, e in powers.items() if isinstance(b, Sum) and len(b) <= 4]
        for (u, e), (v, f) in combinations_with_replacement(sums, 2):
            n = e // (1 + (u is v))  # how often the product of both stands there
            if e == f == n * (1 + (u is v)) and -RAISED <= n <= RAISED:
                both = self.multiplied(u, v)
                if 1 <= len(both) <= 2:  # (x + abs(x))*(x - abs(x)) has none
                    return u, v, both, int(n)
        return None

    def leading(self, total: Terms) -> Powers:
        """The term with the bases seen first to the highest powers."""
        if total not in self.leaders:
            self.leaders[total] = max(total, key=self._rank)
        return self.leaders[total]

    def _rank(self, powers: Powers) -> list[tuple[int, Number]]:
        """The places and exponents of bases, those seen first at the beginning."""
        if powers not in self.ranks:
            places = self.places
            pairs = [(-places.setdefault(b, len(places)), e) for b, e in powers.items()]
            self.ranks[powers] = sorted(pairs, reverse=True)
        return self.ranks[powers]

    def _spend(self, terms: int) -> None:
        self.work -= terms
        if self.work < 0:
            raise Spent


def common(total: Terms) -> Powers:
    """The powers that divide all terms: no root where a term has a whole power.

    ``x + sqrt(x)`` stays what it is.
    """
    powers = _in_front([*total])
    return Product([
        (base, e if all((m[base] - e) % 1 == 0 for m in total) else floor(e))
        for base, e in powers.items()
    ])  # fmt: skip


def _in_front(products: Sequence[Powers]) -> Powers:
    """The lowest power of each base, of constants those of all terms alone: ``x/pi + 1`` stays."""
    powers = lowest(products)
    if any(map(_is_constant, powers)):
        of_all = shared(products)
        powers = Product([(b, of_all[b] if _is_constant(b) else e) for b, e in powers.items()])
    return powers


def _is_constant(base: Base) -> bool:
    return isinstance(base, Expr) and not base.args and base.op is not Var


def whole_number(base: Base) -> int:
    """The integer that a base is, 0 if it is none: under a root there are no others."""
    value = number(base) if isinstance(base, Expr) else 0
    return value if type(value) is int else 0


def _is_long(total: Terms) -> bool:
    """Whether a coefficient has too many digits."""
    return any(abs(c.as_integer_ratio()[0]) > DIGITS for c in total.values())


def by_sums(terms: Terms) -> Terms:
    """Terms that are a multiple of a sum that other terms have, written by that sum."""
    for total in dict.fromkeys([b for m in terms for b in m if isinstance(b, Sum)]):
        first = next(iter(total))
        for powers in terms:
            if powers not in terms or not first.divides(powers):
                continue
            over = powers.over(first)
            share = Fraction(terms[powers]) / Fraction(total[first])
            parts = total.raised(over).scaled(share)
            if all(terms[m] == c for m, c in parts.items()):
                inside = Sum([(over.multiplied(total, 1), share)])
                terms = terms.plus(parts, -1).plus(inside)
    return terms


def taken_out(terms: Terms) -> tuple[Powers, Terms, Terms] | None:
    """Powers that several terms have, what is left of these, and the other terms."""
    counts = Counter([part for powers in terms for part in _parts(powers)])
    functions = [m for m in terms if not _is_plain(m)]
    beside = {b for m in functions for b in m}  # variables of polynomials stay where they are
    among = [part for part, n in counts.items() if n > 1 and part[0] in beside]
    if not among:
        return None
    part = max(among, key=lambda part: (isinstance(part[0], Sum), counts[part]))
    having = terms.kept(lambda powers: part in _parts(powers))
    rest = terms.without(*having)
    factor = common(having)
    return (factor, having.over(factor), rest) if rest else None


def _is_plain(powers: Powers) -> bool:
    """Whether a product is one of whole powers of variables."""
    return all(isinstance(b, Expr) and not b.args and type(e) is int for b, e in powers.items())


def _parts(powers: Powers) -> list[tuple[Base, Number]]:
    """The bases with a whole power, and those with a root, by which root."""
    return [(b, part) for b, e in powers.items() for part in (min(floor(e), 1), e % 1) if part]
