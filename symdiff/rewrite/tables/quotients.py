"""Quotients whose parts overflow where they do not: each factor above the bar that grows as the
divisor does is divided by it alone.
"""

from __future__ import annotations

from collections.abc import Callable

from ...expr import Expr
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ..exact import Number
from ..match import quotient
from ..row import REAL, Form, Rule
from ..terms import Product, Sum
from .growth import GROWING, Growth, growth_of, hyperbolic, hypot, sides_of, terms_in
from .reading import (
    SUMS,
    Power,
    Powers,
    by_length,
    multiples_of,
    powers_of,
    quotient_of,
    sum_of,
    terms_of,
)

_Part = tuple[int, list[Power]]
_LARGE = frozenset({el.exp, el.expm1, el.cosh, el.sinh})
_OPEN = SUMS | {ar.div}
_PRODUCTS = frozenset({ar.mul, ar.div, el.cosh})


def quotient_rows() -> list[Rule]:
    """The rows."""
    return [
        Rule("quotient of what grows", ar.div, _quotient, REAL),
        Rule("product with a quotient", ar.mul, _product, REAL),
        Rule("hypot of many", el.sqrt, _norm, REAL),
    ]


def _norm(form: Form, node: Expr) -> Expr | None:
    sides = sides_of(node.args[0])
    return None if sides is None else hypot(sides)


def _product(form: Form, node: Expr) -> Expr | None:
    """``exp(x)*(exp(y)/(exp(x) + exp(y))**2)``."""
    inside = {y.op for x in node.args for y in (x, *x.args)}
    may_fit = not (_LARGE.isdisjoint(inside) or _OPEN.isdisjoint(inside))
    return _quotient(form, node) if may_fit else None


def _quotient(form: Form, node: Expr) -> Expr | None:
    """The quotient by what grows in its divisor, where enough above the bar does."""
    powers = powers_of(node)
    growth = _growth_below(form, powers)
    if growth is None:
        return None
    parts: list[Power] = []
    degree, is_smaller = 0, False
    for base, exponent in _opened(growth, node).items():
        size, divided = _by_terms(growth, base, exponent, _shallow) or _divided(
            growth, base, exponent
        )
        is_smaller |= bool(exponent > 0 and size > 0)
        parts += divided
        degree += size
    if degree > 0 or not (is_smaller or (growth.is_bounded and degree < -1)):
        return None
    return quotient_of([*parts, *growth.inverse(-degree)])


def _growth_below(form: Form, powers: Powers) -> Growth | None:
    """The growth of the first divisor that has one, below the bar or below that of a term above;
    cosh may stand in a sum.
    """
    above = {base.op for base, exponent in powers.items() if exponent > 0}
    for base, exponent in powers.items():
        if exponent < 0 and base.op in GROWING:
            growth = growth_of(form, base)
            if growth is not None and growth.is_power(powers):
                return growth
        is_open = base.op in SUMS and (exponent < 0 or not _LARGE.isdisjoint(above))
        for _, term in terms_of(base) if is_open else ():
            if term.op in _PRODUCTS:
                growth = _growth_in(form, powers_of(term), exponent > 0)
                if growth is not None:
                    return growth
    return None


def _growth_in(form: Form, powers: Powers, is_above: bool) -> Growth | None:
    """That of a divisor in a term, or of cosh, which is a divisor where the term is below."""
    for factor, exponent in powers.items():
        if not is_above and factor.op is el.cosh:
            return hyperbolic(form, factor)
        if is_above and exponent < 0 and factor.op in GROWING and not sides_of(factor):
            growth = growth_of(form, factor)
            if growth is not None:
                return growth
    return None


def _divided(growth: Growth, base: Expr, exponent: Number) -> _Part:
    """The degree of a power, and what is left of it after division by that of the divisor."""
    size, powers = growth.quotients.get(base, (0, [(base, 1)]))
    degree = size * exponent
    if degree % 1 or (exponent < 0 and powers):
        return 0, [(base, exponent)]
    return int(degree), [(part, e * exponent) for part, e in powers]


def _shallow(growth: Growth, base: Expr, exponent: Number) -> _Part:
    """The same, also for a sum of products."""
    return _by_terms(growth, base, exponent, _divided) or _divided(growth, base, exponent)


def _by_terms(
    growth: Growth, base: Expr, exponent: Number, divide: Callable[[Growth, Expr, Number], _Part]
) -> _Part | None:
    """The same for a power of a sum, each term of which is divided alone; None if none grows."""
    is_open = base not in growth.quotients and type(exponent) is int
    terms = terms_in(base) if is_open and (exponent > 0 or growth.is_bounded) else []
    divided = []
    for _, term in terms:
        pairs = [divide(growth, f, e) for f, e in _opened(growth, term).items()]
        divided.append((sum([n for n, _ in pairs]), [power for _, ps in pairs for power in ps]))
    size = max([degree for degree, _ in divided], default=0)
    if size == 0:
        return None
    quotients = [quotient_of([*parts, *growth.inverse(size - n)]) for n, parts in divided]
    total = sum_of([(sign, q) for (sign, _), q in zip(terms, quotients, strict=True)])
    return size * int(exponent), [(total, exponent)]


def _opened(growth: Growth, node: Expr) -> Powers:
    """The powers of a product, with ``exp(2*x + y)`` as those of exponentials in the divisor.

    Quotients by something else stay whole.
    """
    divisors = {base for base, (_, powers) in growth.quotients.items() if not powers}
    powers = powers_of(
        node, lambda x: by_length(x) or (x is not node and divisors.isdisjoint(powers_of(x)))
    )
    members = [(f, multiples_of(f.args[0])) for f in growth.quotients if f.op is el.exp]
    for base, exponent in powers.items() if members else ():
        if base.op is el.exp and base not in growth.quotients and exponent > 0:
            parts = [_as_power(members, *part) for part in multiples_of(base.args[0]).items()]
            known = Product([part for part in parts if part is not None])
            powers = powers.opened(base, known) if None not in parts else powers
    return powers


def _as_power(
    members: list[tuple[Expr, Sum[Powers]]], product: Powers, coefficient: Number
) -> tuple[Expr, int] | None:
    """``exp(coefficient*product)`` as a positive power of a member."""
    for member, parts in members:
        count = quotient(coefficient, parts[product]) if [*parts] == [product] else None
        if type(count) is int and count > 0:
            return member, count
    return None
