"""Products of powers and sums of terms as values: the one door to their numbers.

A product is a map from bases to exponents, a sum one from products to coefficients.  Whatever is
put into such a map is added to what stands there, and what comes to 0 goes: nothing can be
overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any, NoReturn, Self, TypeAlias, TypeVar

from .. import decimals
from . import exact
from .exact import Number, shorten

Exact: TypeAlias = int | Fraction
K = TypeVar("K", bound=Hashable)
B = TypeVar("B", bound=Hashable)

STEPS = 24  # terms that a quotient may have more than the dividend


class _Numbers(dict[K, Number]):
    """Numbers other than 0 by key, in the order in which the keys came; 0 for any other key.

    Nobody can assign to it, so that what is there cannot be overwritten.
    """

    __slots__ = ()

    def __init__(self, pairs: Iterable[tuple[K, Number]] = ()) -> None:
        _accumulate(self, pairs)

    def __missing__(self, key: K) -> Number:
        return 0

    def __repr__(self) -> str:
        return f"{type(self).__name__}({[*self.items()]})"

    def _closed(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("numbers are added to a sum or product, not assigned")

    __setitem__ = __delitem__ = __ior__ = __or__ = __ror__ = _closed
    clear = pop = popitem = setdefault = update = _closed


class Builder(_Numbers[K]):
    """What a sum or product comes to while it is put together.

    >>> terms = Builder()
    >>> for key, number in [("x", 2), ("x", -2), ("y", 1)]:
    ...     terms.add(key, number)
    >>> terms, terms["y"], terms["z"]
    (Builder([('y', 1)]), 1, 0)
    """

    __slots__ = ()

    def add(self, key: K, number: Number) -> None:
        """Add to the number of a key.

        Raises: OverflowError, nothing having changed, where the total would over- or underflow or
        be too long.
        """
        total: Number | None = number
        if key in self:
            total = exact.plus(self[key], number)
            if total is None:
                raise OverflowError("two numbers have no sum")
        if total:
            dict.__setitem__(self, key, total)
        else:
            dict.pop(self, key, None)

    def take(self, key: K) -> Number:
        """The number of a key, which has none from now on."""
        return dict.pop(self, key, 0)

    def frozen(self) -> Sum[K]:
        """The sum of these terms."""
        return Sum._of(self)


class _Value(_Numbers[K]):
    """Numbers by key that never change: equal maps are equal, in whatever order they came."""

    __slots__ = ("_hash",)

    _hash: int

    @classmethod
    def _of(cls, numbers: dict[K, Number]) -> Self:
        """The value of a map without zeros."""
        value = cls.__new__(cls)
        dict.update(value, numbers)
        return value

    def __hash__(self) -> int:  # type: ignore[override]
        try:
            return self._hash
        except AttributeError:
            self._hash = hash(frozenset(self.items()))
            return self._hash

    def kept(self, wanted: Callable[[K], bool]) -> Self:
        """The part of the keys that are wanted."""
        return self._of({key: number for key, number in self.items() if wanted(key)})

    def without(self, *keys: K) -> Self:
        """All but some keys."""
        numbers = dict(self)
        for key in keys:
            numbers.pop(key, None)
        return self._of(numbers)


class Product(_Value[B]):
    """A product of powers.

    >>> p = Product([("x", 2), ("y", 1), ("x", -1)])
    >>> p, p.times(p), p.over(Product([("y", 3)]))
    (Product([('x', 1), ('y', 1)]), Product([('x', 2), ('y', 2)]), Product([('x', 1), ('y', -2)]))
    """

    __slots__ = ()

    def times(self, other: Product[B]) -> Product[B]:
        """The product of two: exponents of equal bases are added."""
        if not self or not other:
            return other or self
        product = self._of(self)
        _accumulate(product, other.items())
        return product

    def multiplied(self, base: B, exponent: Number) -> Product[B]:
        """The product with one more power."""
        product = self._of(self)
        _accumulate(product, ((base, exponent),))
        return product

    def over(self, other: Product[B]) -> Product[B]:
        """The quotient: exponents of equal bases are subtracted."""
        if not other:
            return self
        quotient = self._of(self)
        _accumulate(quotient, [(base, -e) for base, e in other.items()])
        return quotient

    def power(self, exponent: int) -> Product[B]:
        """A whole power, which is the product of the powers of the factors."""
        return self.of_positive(exponent)

    def of_positive(self, exponent: Number) -> Product[B]:
        """Any power, where all bases are known to be positive: ``(x**2)**(1/2)`` is no x."""
        return Product([(base, e * exponent) for base, e in self.items()])

    def divides(self, other: Product[B]) -> bool:
        """Whether no exponent is higher than in another product."""
        return all(e <= other[base] for base, e in self.items())


class Sum(_Value[K]):
    """A sum of terms: coefficients by what they multiply, products or nodes for them.

    >>> x, y = Product([("x", 1)]), Product([("y", 1)])
    >>> u, v = Sum([(x, 1), (y, 1)]), Sum([(x, 1), (y, -1)])
    >>> u.times(v) == Sum([(x.times(x), 1), (y.times(y), -1)])
    True
    >>> u.times(v).quotient(v, lambda terms: max(terms, key=lambda p: p["x"])) == u
    True
    """

    __slots__ = ()

    def plus(self, other: Sum[K], scale: Number = 1) -> Sum[K]:
        """The sum of two, the second one times a number."""
        total = self._of(self)
        _accumulate(total, [(key, scale * c) for key, c in other.items()])
        return total

    def scaled(self, factor: Number) -> Sum[K]:
        """A number times the sum."""
        return Sum([(key, c * factor) for key, c in self.items()])

    def times(self: Sum[Product[B]], other: Sum[Product[B]]) -> Sum[Product[B]]:
        """The product of two sums, multiplied out."""
        return Sum([(p.times(q), c * d) for p, c in self.items() for q, d in other.items()])

    def raised(self: Sum[Product[B]], factor: Product[B]) -> Sum[Product[B]]:
        """A product times the sum."""
        return Sum([(p.times(factor), c) for p, c in self.items()])

    def over(self: Sum[Product[B]], divisor: Product[B]) -> Sum[Product[B]]:
        """The sum divided by a product."""
        return Sum([(p.over(divisor), c) for p, c in self.items()])

    def content(self) -> Exact:
        """The greatest positive number whose multiples all coefficients are, if these are exact."""
        ratios = [c.as_integer_ratio() for c in self.values()]
        top, bottom = gcd(*[n for n, _ in ratios]), lcm(*[d for _, d in ratios])
        return top if bottom == 1 else Fraction(top, bottom)

    def quotient(
        self: Sum[Product[B]],
        divisor: Sum[Product[B]],
        leading: Callable[[Sum[Product[B]]], Product[B]],
    ) -> Sum[Product[B]] | None:
        """A sum divided by another by their leading terms, None where something is left over."""
        if len(divisor) > len(self) == 1:
            return None
        first = leading(divisor)
        quotient: dict[Product[B], Number] = {}
        remainder = self
        while remainder:
            top = leading(remainder)
            if not first.divides(top) or len(quotient) > len(self) + STEPS:
                return None
            factor = shorten(Fraction(remainder[top]) / Fraction(divisor[first]))
            monomial = top.over(first)
            _accumulate(quotient, ((monomial, factor),))
            remainder = remainder.plus(divisor.raised(monomial), -factor)
        return self._of(quotient)


def euclid(u: Sum[Product[B]], v: Sum[Product[B]], base: B, most: int) -> Sum[Product[B]]:
    """What Euclid's algorithm finds in two polynomials in a base: their greatest common divisor,
    perhaps times something without the base; 0 if that is all, or after ``most`` terms.

    >>> x, y = Product([("x", 1)]), Product([("y", 1)])
    >>> u, v = ([(x.power(n), 1), (y.power(n), -1)] for n in (2, 3))
    >>> euclid(Sum(u), Sum(v), "x", 20)
    Sum([(Product([('y', 1)]), -1), (Product([('x', 1)]), 1)])
    """
    while v:
        (d, first), (e, second) = leading(u, base), leading(v, base)
        if e > d:
            u, v = v, u
            continue
        if not e or len(u) + len(v) > most:
            return Sum()
        step = v.times(first).raised(Product([(base, d - e)]))
        rest = u.times(second).plus(step, -1)
        if rest:
            rest = rest.over(lowest([*rest])).scaled(Fraction(1) / rest.content())
        u, v = v, rest
    return u


def leading(total: Sum[Product[B]], base: B) -> tuple[Number, Sum[Product[B]]]:
    """The highest power of a base in a polynomial, and what it is multiplied by."""
    degree = max([p[base] for p in total])
    power = Product([(base, degree)])
    return degree, total.kept(lambda p: p[base] == degree).over(power)


def lowest(products: Sequence[Product[B]]) -> Product[B]:
    """The lowest power of each base in several products, 0 where one of them lacks it."""
    below = [base for product in products for base, e in product.items() if e < 0]
    bases = dict.fromkeys([*products[0], *below])  # any other one has exponents from 0 on
    return Product([(b, min([product.get(b, 0) for product in products])) for b in bases])


def shared(products: Sequence[Product[B]]) -> Product[B]:
    """The powers that are factors of all products, or divisors of all: those nearest to 0.

    >>> shared([Product([("x", 2), ("y", -1)]), Product([("x", 1), ("y", -3), ("z", 1)])])
    Product([('x', 1), ('y', -1)])
    """
    found = []
    for base in products[0]:
        exponents = [product[base] for product in products]
        if all(e > 0 for e in exponents):
            found.append((base, min(exponents)))
        elif all(e < 0 for e in exponents):
            found.append((base, max(exponents)))
    return Product(found)


def _accumulate(numbers: dict[K, Number], pairs: Iterable[tuple[K, Number]]) -> None:
    """Add numbers to those of their keys: the one place where such a map is written to."""
    put, get = dict.__setitem__, numbers.get
    for key, number in pairs:
        before = get(key)
        total = number if before is None else before + number
        if type(total) is Fraction:
            total = shorten(total)
        elif type(total) is float and before is not None:
            total = decimals.plus(before, number)
        if total:
            put(numbers, key, total)
        elif before is not None:
            dict.__delitem__(numbers, key)
