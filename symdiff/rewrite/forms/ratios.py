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
from ..exact import Number, number
from ..terms import Monomial, Polynomial, Product, Sum, in_order, lowest

if TYPE_CHECKING:
    from ..canonical import Canonical

MOST = 48  # terms of a polynomial
RAISED = 6  # the highest power of a sum that is written out
HIGHEST = 2**16  # the highest exponent
DIGITS = 2**256  # the largest coefficient of a polynomial
WORK = 8_000  # monomials looked at in one way of writing a graph

Base: TypeAlias = int | Polynomial
Value: TypeAlias = tuple[Number, Product[Base]]

NONE: Product[Base] = Product()
UNIT: Value = (1, NONE)
ONE: Monomial = Product()


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
        self.roots: dict[int, tuple[Polynomial, int]] = {}  # kernels u**(1/q), by u and q
        self.squares: dict[
            int, tuple[Polynomial, int]
        ] = {}  # kernels whose power q is a polynomial
        self.whole = False  # whether a sum stayed whole that could be multiplied out
        self.always = False  # whether one did only because all do
        self.raised: set[Op] = set()  # functions of kernels with squares in polynomials
        self.seen: dict[Polynomial, None] = {}  # sums that may be factors of others
        self.common: set[Base] = set()  # bases that several nodes use
        self.fragile: dict[Polynomial, None] = {}  # sums that round to zero
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
        c: Number = 1
        bases = NONE
        for own, factors in values:
            both = exact.times(c, own)
            if both is None or isinstance(both, float):
                raise TooLong
            c, bases = both, bases.times(factors)
        if not c:
            return 0, NONE
        if any(not -HIGHEST <= e <= HIGHEST for e in bases.values()):
            raise TooLong
        for base, e in list(bases.items()):
            if not isinstance(base, int) or self.kernels[base].op is not Const:
                continue
            value, whole = number(self.kernels[base]), floor(e)
            if type(value) is int and whole:  # 2**(3/2) is 2*sqrt(2)
                c *= Fraction(value) ** whole
                bases = bases.multiplied(base, -whole)
        return exact.shorten(c), bases

    def _raised(self, value: Value, exponent: int) -> Value:
        """A whole power."""
        return self._of_positive(value, exponent)

    def _of_positive(self, value: Value, exponent: Number) -> Value:
        """Any power of a value whose bases are known to be positive."""
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
        return power, bases.of_positive(exponent)

    def sum(self, values: Sequence[Value]) -> Value:
        """The sum of values over one denominator, with what cancels cancelled."""
        values = [v for v in values if v[0]]
        if len(values) < 2:
            return values[0] if values else (0, NONE)
        shared = lowest([bases for _, bases in values])
        total: Polynomial = Sum()
        for c, bases in values:
            total = total.plus(self._expanded(c, bases.over(shared)))
            if len(total) > MOST or _is_long(total):
                raise TooLong
        return self._reduced(total, shared)

    def _expanded(self, c: Number, bases: Product[Base]) -> Polynomial:
        """A product with nonnegative exponents, written out."""
        terms: Polynomial = Sum([(ONE, c)])
        for base, e in bases.items():
            whole = floor(e)
            if e != whole:
                root = self._root_kernel(base, Fraction(1, Fraction(e).denominator))
                over = int((e - whole) * Fraction(e).denominator)
                terms = self._times(terms, _single(root, over))
            if whole and isinstance(base, int):
                terms = self._times(terms, _single(base, whole))
            elif (
                isinstance(base, Sum)
                and whole
                and self._stays(base, whole)
                and len(bases) + abs(whole) > 2
            ):
                self.whole = True
                self.always = self.always or not (whole > 1 or base in self.common)
                kernel, _ = self._rooted(self._of_base(base), base, 1)
                terms = self._times(terms, _single(kernel, whole))
            elif whole > RAISED:
                raise TooLong
            else:
                assert isinstance(base, Sum) or not whole
                for _ in range(whole):
                    assert isinstance(base, Sum)
                    terms = self._times(terms, base)
        return terms

    def _stays(self, base: Base, e: int) -> bool:
        """Whether a sum that is a factor is not multiplied out."""
        level = self.way.closed
        return level > 1 or (level == 1 and (e > 1 or base in self.common))

    def _times(self, left: Polynomial, right: Polynomial) -> Polynomial:
        if len(left) * len(right) > 8 * MOST:
            raise TooLong
        self._spend(len(left) * len(right))
        product = left.times(right)
        self.raised.update([self.kernels[k].op for m in product for k, e in m.items() if e > 1])
        while True:
            wide = next((m for m in product if self._square_in(m) is not None), None)
            if wide is None:
                return product
            if len(product) > 2 * MOST:
                raise TooLong
            root = self._square_in(wide)
            assert root is not None
            terms, q = self.squares[root]
            rest = Sum([(wide.multiplied(root, -q), product[wide])])
            product = product.without(wide).plus(rest.times(terms))

    def _square_in(self, monomial: Monomial) -> int | None:
        """The first kernel in a monomial whose power there is a polynomial."""
        squares = self.squares
        if not squares:
            return None
        return next((k for k, e in in_order(monomial) if k in squares and e >= squares[k][1]), None)

    def _root_kernel(self, base: Base, exponent: Fraction) -> int:
        """The kernel ``base**exponent`` for an exponent 1/q."""
        node = self.form.power(self._of_base(base), self.form.constant(exponent))
        terms = base if isinstance(base, Sum) else _single(base, 1)
        if isinstance(base, int) and type(value := number(self.kernels[base])) is int:
            terms = Sum([(ONE, value)])
        kernel, is_new = self._rooted(node, terms, exponent.denominator)
        if is_new:
            self.squares[kernel] = terms, exponent.denominator
        return kernel

    def _rooted(self, node: Expr, terms: Polynomial, q: int) -> tuple[int, bool]:
        """The kernel of a node that is the root of order q of a polynomial, and whether it is new.

        A node that is a kernel already stays what it is, so that no kernel is made of itself: sums
        of other kernels may come to it.
        """
        is_new = node not in self.index
        kernel = self._index(node)
        if is_new:
            self.roots[kernel] = terms, q
        return kernel, is_new

    def _reduced(self, total: Polynomial, shared: Product[Base]) -> Value:
        """A polynomial times powers: factors found in it, content in front."""
        if not total:
            return 0, NONE
        factors: list[Value] = [(1, shared)]
        for base in [*[b for b in shared if isinstance(b, Sum)], *self.seen]:
            self._spend(len(total))
            while len(total) > 1 and (quotient := total.quotient(base)) is not None:
                total = quotient
                factors.append((1, Product([(base, 1)])))
        own, inner = self._primitive(total)
        factors.append(own)
        if inner is not None:
            factors.append((1, Product([(inner, 1)])))
            self.seen[inner] = None
        return self.product(factors)

    def _primitive(self, total: Polynomial) -> tuple[Value, Polynomial | None]:
        """Content and monomial in front of a polynomial, and the rest."""
        monomial = total.common()
        front = self._of_monomial(monomial)
        if len(total) == 1:
            return self._scaled(front, next(iter(total.values()))), None
        c: Number = total.content()
        if all(v < 0 for v in total.values()):
            c = -c
        rest = total.over(monomial).scaled(Fraction(1) / Fraction(c))
        opposite = rest.scaled(-1)
        if rest not in self.seen and opposite in self.seen:
            return self._scaled(front, -c), opposite
        return self._scaled(front, c), rest

    def _scaled(self, value: Value, factor: Number) -> Value:
        c, bases = value
        return exact.shorten(c * factor), bases

    def _of_monomial(self, monomial: Monomial) -> Value:
        """A product of kernels, roots by what they are roots of."""
        parts: list[Value] = []
        for kernel, e in in_order(monomial):
            if kernel in self.roots:
                terms, q = self.roots[kernel]
                parts.append(self._power_of(terms, exact.shorten(Fraction(e) / q)))
            else:
                parts.append((1, Product([(kernel, e)])))
        return self.product(parts)

    def _power_of(self, terms: Polynomial, exponent: Number) -> Value:
        """A power of a polynomial that is a sum, a number or a kernel."""
        if len(terms) > 1:
            return 1, Product([(terms, exponent)])
        ((monomial, c),) = terms.items()
        kernel = next(iter(monomial), None)
        base = self._index(self.form.constant(c)) if kernel is None else kernel
        return 1, Product([(base, exponent)])


def _single(kernel: int, exponent: Number) -> Polynomial:
    """A power of a kernel as a polynomial."""
    return Sum([(Product([(kernel, exponent)]), 1)])


def _is_long(total: Polynomial) -> bool:
    """Whether a coefficient has too many digits."""
    return any(abs(c.as_integer_ratio()[0]) > DIGITS for c in total.values())
