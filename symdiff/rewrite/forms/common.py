"""What the terms of a sum have in common: a denominator below, factors in front, a square."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations
from math import lcm
from typing import TypeAlias

from ...expr import Expr
from ...ops import arithmetic as a
from ...walk import rebuild
from .. import exact
from ..canonical import Canonical
from ..exact import HALF, Number
from ..factor import factors_of, powers_of, term_of
from ..order import has_bool
from ..standard import EAGER
from ..terms import Product, Sum, lowest, shared
from .expansion import NONE, Budget

MOST = 12  # terms of a sum in which squares are looked for

Table: TypeAlias = list[tuple[Number, Product[Expr]]]  # coefficients and powers of terms
Change: TypeAlias = Callable[[Canonical, Table], Expr | None]


def with_sums(form: Canonical, outputs: Sequence[Expr], change: Change) -> list[Expr]:
    """The outputs with every sum changed, arguments first; ``change`` says None to leave one."""

    def visit(new: Expr, old: Expr) -> Expr:
        if new.op is not a.add or has_bool(new):
            return old if new is old else form.apply(new.op, new.args, new.params)
        changed = change(form, _table(form, new))
        return new if changed is None else form.shaped(changed, new.shape)

    image = rebuild(outputs, visit)
    return [image[out] for out in outputs]


def _table(form: Canonical, total: Expr) -> Table:
    split = [form.split(t) for t in total.args]
    return [(c, NONE if rest is form.one else factors_of(rest)) for c, rest in split]


def _divided(form: Canonical, table: Table, number: Number, factors: Product[Expr]) -> list[Expr]:
    """A number and powers that go in front of a sum, then the sum divided by them.

    A long sum stays whole, so that prefix sums stay linear.
    """
    total = form.add([term_of(form, exact.over(c, number), p.over(factors)) for c, p in table])
    if len(total.args) > EAGER:
        form.shared.add(total)
    return [form.constant(number), *powers_of(form, factors), total]


def over_one_denominator(budget: Budget, form: Canonical, table: Table) -> Expr | None:
    """A sum as one fraction, its numerators added up but not multiplied out."""
    below = lowest([factors for _, factors in table])
    below = below.kept(lambda base: below[base] < 0 and exact.number(base) is None)
    numbers = any(exact.number(base) is not None for _, factors in table for base in factors)
    divisor = 1 if numbers else _divisor([c for c, _ in table])
    if not below and divisor == 1:
        return None
    for _, factors in table:
        budget.spend(max(len(factors.over(below)) - len(factors), 0))
    return form.mul(_divided(form, table, exact.shorten(Fraction(1, divisor)), below))


def _divisor(coefficients: Sequence[Number]) -> int:
    """The least number that makes all coefficients integers; 1 where there are floats."""
    if any(type(c) is float for c in coefficients):
        return 1
    return lcm(*[Fraction(c).denominator for c in coefficients])


def factored(form: Canonical, table: Table) -> Expr | None:
    """The greatest number and the lowest power of each factor in front of a sum."""
    outside: list[Expr] = []
    while True:
        content = exact.content([c for c, _ in table])
        products = [factors for _, factors in table]
        common = lowest(products).kept(shared(products).__contains__)
        if content == 1 and not common:
            return form.mul(outside) if outside else None
        outside[-1:] = _divided(form, table, content, common)
        if outside[-1].op is not a.add:
            return form.mul(outside)
        table = _table(form, outside[-1])


def with_squares(form: Canonical, table: Table) -> Expr | None:
    """Squares of sums of two terms in place of their three terms.

    >>> import symdiff as sd
    >>> from symdiff.rewrite.forms.named import by_sums
    >>> x, y = sd.vars("x y")
    >>> print(*by_sums([x**2 + 2 * x * y + y**2, x**2 + 6 * x + 9 - y], with_squares), sep=", ")
    (x + y)**2, (x + 3)**2 - y
    """
    terms = Sum([(factors, c) for c, factors in table if type(c) is not float])
    if len(table) > MOST or len(terms) < len(table):
        return None
    squares: list[Expr] = []
    while (roots := _roots(terms)) is not None:
        u, v = roots
        squares.append(_square(form, terms, u, v))
        terms = terms.without(u.power(2), v.power(2), u.times(v))
    if not squares:
        return None
    return form.add([*squares, *[term_of(form, c, factors) for factors, c in terms.items()]])


def _roots(terms: Sum[Product[Expr]]) -> tuple[Product[Expr], Product[Expr]] | None:
    """Products u and v of which a multiple of a square ``(u + c*v)**2`` is part of a sum."""
    squares = [p for p in terms if all(type(e) is int and e > 0 and e % 2 == 0 for e in p.values())]
    for u, v in combinations([p.of_positive(HALF) for p in squares], 2):
        twice = terms[u.times(v)]
        if twice and twice * twice == 4 * terms[u.power(2)] * terms[v.power(2)]:
            return u, v
    return None


def _square(form: Canonical, terms: Sum[Product[Expr]], u: Product[Expr], v: Product[Expr]) -> Expr:
    """The multiple of ``(u + c*v)**2`` that is part of a sum."""
    outside = terms[u.power(2)]
    inside = exact.power(outside, HALF) if outside > 0 else None
    if inside is None:
        inside = 1
    else:
        outside = 1
    step = exact.shorten(Fraction(terms[u.times(v)]) / (2 * inside * outside))
    base = form.add([term_of(form, inside, u), term_of(form, step, v)])
    return form.times(outside, form.power(base, form.constant(2)))
