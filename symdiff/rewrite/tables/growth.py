"""Quotients whose parts overflow where they do not: ``exp(a)/(exp(a) + exp(b))`` is
``sigmoid(a - b)``, ``sinh(a)/cosh(a)`` is ``tanh(a)``, and ``x/hypot(x, y)`` is 1 at most.

What grows as a divisor D does is written as a bounded function times D, terms of sums one by one;
then powers of D are left below the bar alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import chain
from typing import NamedTuple

from ...expr import Expr, make
from ...leaves import Const, const
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ..engine import rewritten
from ..exact import Number, number
from ..row import REAL, Form, Rule
from ..table import table_of
from ..terms import Product
from .reading import (
    MINUS,
    ONE,
    SUMS,
    ZERO,
    Powers,
    Term,
    by_length,
    multiple_of,
    powers_of,
    quotient_of,
    root_of,
    sum_of,
    terms_of,
)

MOST_EXPONENTIALS = 8  # of a sum
MOST_SIDES = 4  # of a length that is written by hypot
MOST_SEEN = 24  # nodes of a quotient that are looked at before it is read
_LARGE = frozenset({el.exp, el.expm1, el.cosh, el.sinh})
_GROWING = _LARGE - {el.exp} | SUMS
_OPEN = frozenset({*SUMS, ar.neg, ar.mul, ar.div, ar.square, el.pow})
_DIVIDED = SUMS | {ar.div}
_PRODUCTS = frozenset({ar.mul, ar.div, el.cosh})
TWO = const(2)


def growth_rows() -> list[Rule]:
    """The rows."""
    return [
        Rule("quotient of what grows", ar.div, _quotient, REAL),
        Rule("product with a quotient", ar.mul, _product, REAL),
        Rule("hypot of many", el.sqrt, _norm, REAL),
    ]


def slope_rows() -> list[Rule]:
    """The rows for derivatives that are differentiated again."""
    return [Rule("over cosh", ar.div, _over_cosh, REAL)]


def bounded(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs with ``sech`` and ``tanh`` in place of divisions by ``cosh``.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> bounded([x / sd.cosh(x) ** 2])
    [x*sech(x)*sech(x)]
    """
    return rewritten(outputs, table_of(slope_rows))


class Growth(NamedTuple):
    """What grows as a divisor does: products of bounded functions and powers of the divisor."""

    divisor: Expr
    images: dict[Expr, Powers]
    inverse: Powers  # one over the divisor
    is_bounded: bool = False  # whether that is

    def powers(self, node: Expr) -> Powers:
        """The powers of a product; quotients by something else than the divisor stay whole."""
        own = {base for base, image in self.images.items() if [*image] == [self.divisor]}
        return powers_of(
            node, lambda x: by_length(x) or (x is not node and own.isdisjoint(powers_of(x)))
        )

    def images_in(self, node: Expr) -> list[tuple[Number, Powers]]:
        """The exponents of a product, each with the power of which it is, by the divisor."""
        return [(e, self.image(base, e, 2)) for base, e in self.powers(node).items()]

    def image(self, base: Expr, exponent: Number, depth: int) -> Powers:
        """A power with a power of the divisor taken out, of sums in sums to a depth."""
        image = self.images.get(base) or (base.op is el.exp and self._of_exp(base)) or None
        if image is None:
            is_open = depth > 0 and type(exponent) is int and (exponent > 0 or self.is_bounded)
            image = self._of_sum(base, depth - 1) if is_open else None
        elif len(image) == 1:
            image = None if (image[self.divisor] * exponent) % 1 else image
        elif exponent < 0 or type(exponent) is not int:  # the bounded part may be negative
            image = None
        return (image or Product([(base, 1)])).of_positive(exponent)

    def _of_exp(self, base: Expr) -> Powers | None:
        """``exp(2*a + b)`` where ``exp(a)`` and ``exp(b)`` grow; None for another exponential."""
        product: Powers = Product()
        for sign, term in terms_of(base.args[0]):
            count, x = multiple_of(term)
            x = x if sign * count > 0 else make(ar.neg, (x,))
            image = self.images.get(make(el.exp, (x,)))
            if image is None or type(count) is not int:
                return None
            product = product.times(image.power(abs(count)))
        return product

    def _of_sum(self, total: Expr, depth: int) -> Powers | None:
        """A sum as another one times a power of the divisor; None if no term grows, or not all
        as a length does.
        """
        products = [(sign, self._of_term(term, depth)) for sign, term in terms_in(total)]
        degrees = {product[self.divisor] for _, product in products}
        degree = max(degrees, default=0)
        if not degree or (self.divisor.op is el.hypot and len(degrees) > 1):
            return None
        unit = Product([(self.divisor, -degree)])
        rest = sum_of([(sign, self.built(product.times(unit))) for sign, product in products])
        return unit.power(-1).multiplied(rest, 1)

    def _of_term(self, term: Expr, depth: int) -> Powers:
        powers = [self.image(*power, depth).items() for power in self.powers(term).items()]
        return Product(chain.from_iterable(powers))

    def built(self, product: Powers) -> Expr:
        """A product of bounded functions over powers of the divisor."""
        inverse = self.inverse.of_positive(-product[self.divisor])
        return quotient_of(product.without(self.divisor).times(inverse).items())


def _product(form: Form, node: Expr) -> Expr | None:
    """``exp(x)*(exp(y)/(exp(x) + exp(y))**2)``."""
    inside = {y.op for x in node.args for y in (x, *x.args)}
    may_fit = not (_LARGE.isdisjoint(inside) or _DIVIDED.isdisjoint(inside))
    return _quotient(form, node) if may_fit else None


def _quotient(form: Form, node: Expr) -> Expr | None:
    """The quotient by what grows in its divisor, where enough above the bar does."""
    growth = _growth_below(form, powers_of(node)) if _may_grow(node) else None
    if growth is None:
        return None
    images = growth.images_in(node)
    product = Product([power for _, image in images for power in image.items()])
    degree = product[growth.divisor]
    is_smaller = any(exponent > 0 and image[growth.divisor] > 0 for exponent, image in images)
    if degree > 0 or not (is_smaller or (growth.is_bounded and degree < -1)):
        return None
    return growth.built(product)


def _over_cosh(form: Form, node: Expr) -> Expr | None:
    """A quotient by powers of one cosh at least."""
    divisors = [base for base, e in powers_of(node).items() if base.op is el.cosh and e < 0]
    if not divisors:
        return None
    growth = _hyperbolic(form, divisors[0])
    product = Product([p for _, image in growth.images_in(node) for p in image.items()])
    return growth.built(product) if product[growth.divisor] <= 0 else None


def _may_grow(node: Expr) -> bool:
    """Whether something that grows, or a length, is among the first nodes of a product; takes
    little time.
    """
    seen = [node]
    for factor in seen:
        is_length = factor.op is el.hypot or (factor.op is el.pow and number(factor.args[1]) == 1.5)
        if is_length or factor.op in _LARGE or len(seen) > MOST_SEEN:
            return True
        seen += factor.args if factor.op in _OPEN else ()
    return False


def _growth_below(form: Form, powers: Powers) -> Growth | None:
    """The growth of the first divisor that has one, below the bar or below that of a term above;
    cosh may stand in a sum.
    """
    is_large = any(exponent > 0 and base.op in _LARGE for base, exponent in powers.items())
    for base, exponent in powers.items():
        if exponent < 0 and base.op in _GROWING:
            growth = _of_length(base, powers) or _growth_of(form, base)
            if growth is not None:
                return growth
        is_open = base.op in SUMS and (exponent < 0 or is_large)
        for _, term in terms_of(base) if is_open else ():
            if term.op in _PRODUCTS:
                growth = _growth_in(form, powers_of(term), exponent > 0)
                if growth is not None:
                    return growth
    return None


def _growth_in(form: Form, powers: Powers, is_above: bool) -> Growth | None:
    """That of a divisor in a term, or of cosh, which is a divisor where the term is below."""
    for factor, exponent in powers.items():
        is_divisor = exponent < 0 and factor.op in _GROWING if is_above else factor.op is el.cosh
        growth = _growth_of(form, factor) if is_divisor else None
        if growth is not None:
            return growth
    return None


def _growth_of(form: Form, divisor: Expr) -> Growth | None:
    """The growth of a hyperbolic function or of a sum of exponentials."""
    if divisor.op is el.cosh or divisor.op is el.sinh:
        return _hyperbolic(form, divisor)
    return None if sides_of(divisor) else _of_exponentials(form, divisor)


def _hyperbolic(form: Form, divisor: Expr) -> Growth:
    (u,) = divisor.args
    cosh, sinh, tanh = make(el.cosh, (u,)), make(el.sinh, (u,)), make(el.tanh, (u,))
    if divisor is sinh:
        images = {sinh: Product([(sinh, 1)]), cosh: Product([(sinh, 1), (tanh, -1)])}
        return Growth(sinh, images, Product([(sinh, -1)]))
    images = {cosh: Product([(cosh, 1)]), sinh: Product([(cosh, 1), (tanh, 1)])}
    for v in (u, form.times(-1, u)):
        share = make(el.sigmoid, (make(ar.mul, (TWO, v)),))
        images[make(el.exp, (v,))] = Product([(cosh, 1), (TWO, 1), (share, 1)])
    return Growth(cosh, images, Product([(make(el.sech, (u,)), 1)]), is_bounded=True)


def _of_length(square: Expr, powers: Powers) -> Growth | None:
    """That of a length to the third power, written by its square, if there is no other divisor."""
    below = {base: exponent for base, exponent in powers.items() if exponent < 0}
    is_third = 2 * below[square] == -3 or any(base.op is el.hypot for base in below)
    sides = sides_of(square) if is_third else None
    if sides is None:
        return None
    h = hypot(sides)
    images = {square: Product([(h, 2)]), h: Product([(h, 1)])}
    if 2 * below[square] + below.get(h, 0) != -3 or not images.keys() >= below.keys():
        return None
    images |= {x: Product([(h, 1), (make(ar.div, (x, h)), 1)]) for x in sides if x is not ONE}
    return Growth(h, images, Product([(h, -1)]))


def _norm(form: Form, node: Expr) -> Expr | None:
    sides = sides_of(node.args[0])
    return None if sides is None else hypot(sides)


def hypot(sides: Sequence[Expr]) -> Expr:
    return reduce(lambda x, y: make(el.hypot, (x, y)), sides)


def sides_of(total: Expr) -> list[Expr] | None:
    """What is squared in each term of a sum of squares, last 1 for the number 1."""
    terms = terms_of(total) if total.op is ar.add else []
    if not 1 < len(terms) <= MOST_SIDES or any(sign < 0 for sign, _ in terms):
        return None
    roots = [ONE if number(t) == 1 else root_of(t) for _, t in terms]
    sides = [side for side in roots if side is not None]
    return sorted(sides, key=lambda s: s.op is Const) if len(sides) == len(roots) else None


# -- sums of exponentials -------------------------------------------------------------------------


def terms_in(node: Expr) -> list[Term]:
    """The terms of a sum, which ``expm1(a)`` is too."""
    if node.op is el.expm1:
        return [(1, make(el.exp, node.args)), (-1, ONE)]
    return terms_of(node) if node.op in SUMS else []


class Exponential(NamedTuple):
    """A term that is known to be positive: ``weight*exp(exponent)``, 1 being ``exp(0)``."""

    weight: Powers
    exponent: Expr

    @property
    def log(self) -> Expr:
        logs = [
            (-1 if e < 0 else 1, _multiple(e, make(el.log, (w,)))) for w, e in self.weight.items()
        ]
        own = [] if self.exponent is ZERO and logs else [(1, self.exponent)]
        return sum_of([*own, *logs])


def exponentials_of(form: Form, terms: Sequence[Expr]) -> list[Exponential]:
    """Terms as positive multiples of exponentials, if all are and not all are numbers."""
    if not 1 < len(terms) <= MOST_EXPONENTIALS:
        return []
    found: list[Exponential] = []
    for term in terms:
        read = _exponential(form, term)
        if read is None:
            return []
        found.append(read)
    return found if any(e.exponent is not ZERO for e in found) else []


def _exponential(form: Form, term: Expr) -> Exponential | None:
    powers = powers_of(term)
    inner = [(f, e) for f, e in powers.items() if f.op is el.exp]
    if (not inner and number(term) is None) or not all(map(form.facts.positive, powers)):
        return None
    exponents = [(-1 if e < 0 else 1, _multiple(e, *f.args)) for f, e in inner]
    return Exponential(powers.without(*[f for f, _ in inner]), sum_of(exponents))


def _multiple(count: Number, x: Expr) -> Expr:
    return x if abs(count) == 1 else make(ar.mul, (const(abs(count)), x))


def log_of_sum(logs: Sequence[Expr]) -> Expr:
    """The logarithm of the sum of what has these logarithms."""
    return reduce(lambda x, y: make(el.logaddexp, (x, y)), logs)


def _of_exponentials(form: Form, total: Expr) -> Growth | None:
    """The growth of a sum of positive multiples of exponentials, or of a difference of two."""
    terms = terms_in(total)
    signs = [sign for sign, _ in terms]
    found = exponentials_of(form, [term for _, term in terms])
    if not found or (-1 in signs and (len(found) > 2 or signs[0] == signs[1])):
        return None
    images = {total: Product([(total, 1)])}
    inverse = Product([(total, -1)])
    for e, share in zip(found, _shares(form, found, signs), strict=True):
        part = share.over(e.weight)
        if e.exponent is not ZERO:
            images[make(el.exp, (e.exponent,))] = part.multiplied(total, 1)
        elif len(found) == 2:
            inverse = part
    return Growth(total, images, inverse)


def _shares(form: Form, found: Sequence[Exponential], signs: Sequence[int]) -> list[Powers]:
    """What parts of their sum some terms are: ``sigmoid(a - b)`` in ``exp(a) + exp(b)``,
    ``-1/expm1(b - a)`` in a difference, ``exp(log(w*exp(a)) - log(sum))`` in a longer sum.
    """
    logs = [e.log for e in found]
    if len(logs) > 2:
        level = log_of_sum(logs)
        return [Product([(make(el.exp, (_minus(form, log, level),)), 1)]) for log in logs]
    d = _minus(form, *logs)
    pair = d, form.times(-1, d)
    if -1 not in signs:
        return [Product([(make(el.sigmoid, (v,)), 1)]) for v in pair]
    return [
        Product([(make(el.expm1, (v,)), -1), (MINUS, int(sign > 0))])
        for v, sign in zip(reversed(pair), signs, strict=True)
    ]


def _minus(form: Form, x: Expr, y: Expr) -> Expr:
    if y is ZERO:
        return x
    return form.times(-1, y) if x is ZERO else make(ar.sub, (x, y))
