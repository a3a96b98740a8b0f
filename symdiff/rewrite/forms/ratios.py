"""Arithmetic of fractions over kernels: numbers times powers of kernels and of polynomials.

A kernel is a variable, a function of simpler values or a symbolic power; it has a number.  A base
is a kernel or a polynomial over kernels.  Exponents are rational.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ...expr import Expr, Op
from ...leaves import Const
from .. import exact
from ..exact import number
from . import polynomials as poly
from .polynomials import Exact, Poly, Terms

if TYPE_CHECKING:
    from ..canonical import Canonical

MOST = 48  # terms of a polynomial
RAISED = 6  # the highest power of a sum that is written out
HIGHEST = 2**16  # the highest exponent
DIGITS = 2**256  # the largest coefficient of a polynomial
WORK = 8_000  # monomials looked at in one way of writing a graph

Base: TypeAlias = int | Poly
Bases: TypeAlias = dict[Base, Exact]
Value: TypeAlias = tuple[Exact, Bases]

UNIT: Value = (1, {})


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
    """Kernels, what is known of them, and the arithmetic of values over them."""

    def __init__(self, form: Canonical, way: Way) -> None:
        self.form, self.way = form, way
        self.kernels: list[Expr] = []
        self.index: dict[Expr, int] = {}
        self.roots: dict[int, tuple[Terms, int]] = {}  # kernels u**(1/q), by u and q
        self.squares: dict[int, tuple[Terms, int]] = {}  # kernels whose power q is a polynomial
        self.whole = False  # whether a sum stayed whole that could be multiplied out
        self.always = False  # whether one did only because all do
        self.raised: set[Op] = set()  # functions of kernels with squares in polynomials
        self.seen: dict[Poly, None] = {}  # sums that may be factors of others
        self.common: set[Base] = set()  # bases that several nodes use
        self.fragile: dict[Poly, None] = {}  # sums that round to zero
        self.work = WORK

    def _of_base(self, base: Base) -> Expr:
        """The canonical node of a base."""
        raise NotImplementedError

    def _spend(self, monomials: int) -> None:
        self.work -= monomials
        if self.work < 0:
            raise Spent

    def _index(self, node: Expr) -> int:
        if node not in self.index:
            self.index[node] = len(self.kernels)
            self.kernels.append(node)
        return self.index[node]

    def product(self, values: Sequence[Value]) -> Value:
        """The product of values, opposite sums merged."""
        c: Exact = 1
        bases: Bases = {}
        for own, found in values:
            both = exact.times(c, own)
            if both is None or isinstance(both, float):
                raise TooLong
            c = both
            for base, e in found.items():
                total = bases.get(base, 0) + e
                if not -HIGHEST <= total <= HIGHEST:
                    raise TooLong
                if total:
                    bases[base] = poly.short(total)
                else:
                    bases.pop(base, None)
        if not c:
            return 0, {}
        if any(isinstance(b, Poly) for b in bases):
            c, bases = self._aligned(c, bases)
        for base in [b for b in bases if isinstance(b, int) and self.kernels[b].op is Const]:
            value, whole = number(self.kernels[base]), floor(bases[base])
            if type(value) is int and whole:  # 2**(3/2) is 2*sqrt(2)
                c = c * Fraction(value) ** whole
                bases[base] -= whole
                if not bases[base]:
                    del bases[base]
        return poly.short(c), bases

    def _aligned(self, c: Exact, bases: Bases) -> Value:
        """Opposite sums under one name: ``(u - v)*(v - u)`` is ``-(u - v)**2``."""
        for base in [b for b in bases if isinstance(b, Poly)]:
            e = bases.get(base)
            if e is None or type(e) is not int:
                continue
            opposite = Poly(poly.scaled(base.terms, -1))
            if opposite in bases:
                c = -c if e % 2 else c
                del bases[base]
                total = poly.short(bases[opposite] + e)
                if total:
                    bases[opposite] = total
                else:
                    del bases[opposite]
        return c, bases

    def _raised(self, value: Value, exponent: Exact) -> Value:
        c, bases = value
        if not exponent:
            return UNIT
        if not c:
            raise TooLong
        power = exact.power(c, exponent)
        if power is None or isinstance(power, float):
            raise TooLong
        if not -HIGHEST <= exponent <= HIGHEST:
            raise TooLong
        return power, {b: e * exponent for b, e in bases.items()}

    def sum(self, values: Sequence[Value]) -> Value:
        """The sum of values over one denominator, with what cancels cancelled."""
        values = [v for v in values if v[0]]
        if len(values) < 2:
            return values[0] if values else (0, {})
        shared: Bases = {}
        for base in dict.fromkeys([b for _, bases in values for b in bases]):
            least = min([bases.get(base, 0) for _, bases in values])
            if least:
                shared[base] = least
        total: Terms = {}
        for c, bases in values:
            left = {b: e - shared.get(b, 0) for b, e in bases.items()}
            left.update({b: -e for b, e in shared.items() if b not in bases})
            part = self._expanded(c, {b: poly.short(e) for b, e in left.items() if e})
            total = poly.added(total, part)
            if len(total) > MOST or any(abs(v.numerator) > DIGITS for v in total.values()):
                raise TooLong
        return self._reduced(total, shared)

    def _expanded(self, c: Exact, bases: Bases) -> Terms:
        """A product with nonnegative exponents, written out."""
        found: Terms = {poly.ONE: c}
        for base, e in bases.items():
            whole = floor(e)
            if e != whole:
                root = self._root_kernel(base, Fraction(1, Fraction(e).denominator))
                over = int((e - whole) * Fraction(e).denominator)
                found = self._times(found, {((root, over),): 1})
            if whole and isinstance(base, int):
                found = self._times(found, {((base, whole),): 1})
            elif (
                isinstance(base, Poly)
                and whole
                and self._stays(base, whole)
                and len(bases) + abs(whole) > 2
            ):
                self.whole = True
                self.always = self.always or not (whole > 1 or base in self.common)
                kernel = self._index(self._of_base(base))
                self.roots[kernel] = base.terms, 1
                found = self._times(found, {((kernel, whole),): 1})
            elif whole > RAISED:
                raise TooLong
            else:
                assert isinstance(base, Poly) or not whole
                for _ in range(whole):
                    assert isinstance(base, Poly)
                    found = self._times(found, base.terms)
        return found

    def _stays(self, base: Base, e: int) -> bool:
        """Whether a sum that is a factor is not multiplied out."""
        level = self.way.closed
        return level > 1 or (level == 1 and (e > 1 or base in self.common))

    def _times(self, left: Terms, right: Terms) -> Terms:
        if len(left) * len(right) > 8 * MOST:
            raise TooLong
        self._spend(len(left) * len(right))
        found = poly.multiplied(left, right)
        self.raised.update([self.kernels[k].op for m in found for k, e in m if e > 1])
        while True:
            wide = next((m for m in found for k, e in m if self._is_square(k, e)), None)
            if wide is None:
                return found
            if len(found) > 2 * MOST:
                raise TooLong
            root = next(k for k, e in wide if self._is_square(k, e))
            terms, q = self.squares[root]
            c = found.pop(wide)
            rest = poly.over(wide, ((root, q),))
            assert rest is not None
            found = poly.added(found, poly.multiplied({rest: c}, terms))

    def _is_square(self, kernel: int, e: int) -> bool:
        return kernel in self.squares and e >= self.squares[kernel][1]

    def _root_kernel(self, base: Base, exponent: Fraction) -> int:
        """The kernel ``base**exponent`` for an exponent 1/q."""
        node = self.form.power(self._of_base(base), self.form.constant(exponent))
        kernel = self._index(node)
        terms: Terms = base.terms if isinstance(base, Poly) else {((base, 1),): 1}
        if isinstance(base, int) and type(value := number(self.kernels[base])) is int:
            terms = {poly.ONE: value}
        self.roots[kernel] = self.squares[kernel] = terms, exponent.denominator
        return kernel

    def _reduced(self, total: Terms, shared: Bases) -> Value:
        """A polynomial times powers: factors found in it, content in front."""
        if not total:
            return 0, {}
        found: list[Value] = [(1, shared)]
        for base in [*[b for b in shared if isinstance(b, Poly)], *self.seen]:
            self._spend(len(total))
            while len(total) > 1 and (left := poly.divided(total, base.terms)) is not None:
                total = left
                found.append((1, {base: 1}))
        own, inner = self._primitive(total)
        found.append(own)
        if inner is not None:
            found.append((1, {inner: 1}))
            self.seen[inner] = None
        return self.product(found)

    def _primitive(self, total: Terms) -> tuple[Value, Poly | None]:
        """Content and monomial in front of a polynomial, and the rest."""
        monomial = poly.common(total)
        c = poly.content(total)
        own: Exact = 1  # of roots of numbers
        bases: Bases = {}
        for kernel, e in monomial:
            if kernel in self.roots:
                terms, q = self.roots[kernel]
                own, bases = self.product([(own, bases), self._single(terms, Fraction(e, q))])
            else:
                bases[kernel] = bases.get(kernel, 0) + e
        if len(total) == 1:
            return (own * next(iter(total.values())), bases), None
        if all(v < 0 for v in total.values()):
            c = -c
        rest = Poly(poly.scaled(total, Fraction(1, 1) / c, monomial))
        opposite = Poly(poly.scaled(rest.terms, -1))
        if rest not in self.seen and opposite in self.seen:
            return (-c * own, bases), opposite
        return (c * own, bases), rest

    def _single(self, terms: Terms, exponent: Exact) -> Value:
        if len(terms) > 1:
            return 1, {Poly(terms): exponent}
        ((monomial, c),) = terms.items()
        if not monomial:
            return 1, {self._index(self.form.constant(c)): exponent}
        return 1, {monomial[0][0]: exponent}
