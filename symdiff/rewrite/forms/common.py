"""What goes in front of a sum: its denominators, or factors of all terms; squares in a sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations
from math import lcm
from typing import TypeAlias

from ...expr import Expr
from ...ops import arithmetic as a
from ...ops.elementary import pow
from ...walk import rebuild
from .. import exact
from ..canonical import Canonical, powers_of, term_of
from ..exact import HALF, Number
from ..nodes import ONE, factors_of, split
from ..order import has_bool
from ..standard import EAGER
from ..terms import Product, Sum, lowest, shared
from .expansion import NONE, Budget

MOST = 12  # terms of a sum in which squares are looked for

Split: TypeAlias = list[tuple[Number, Product[Expr]]]  # coefficients and powers of terms
Front: TypeAlias = Callable[[Split], tuple[Number, Product[Expr]]]


def in_front(form: Canonical, outputs: Sequence[Expr], front: Front) -> list[Expr]:
    """The outputs with a number and powers, found by ``front``, in front of every sum.

    A long sum stays whole, so that prefix sums stay linear.
    """

    def divided(total: Expr) -> Expr:
        outside: list[Expr] = []
        while total.op is a.add:
            terms = _split(form, total)
            number, powers = front(terms)
            if number == 1 and not powers:
                break
            outside += [form.constant(number), *powers_of(form, powers)]
            terms = [(exact.over(c, number), factors.over(powers)) for c, factors in terms]
            total = form.add([term_of(form, c, factors) for c, factors in terms])
            if len(total.args) > EAGER:
                form.shared.add(total)
        return form.mul([*outside, total]) if outside else total

    return with_sums(form, outputs, divided)


def with_sums(
    form: Canonical, outputs: Sequence[Expr], change: Callable[[Expr], Expr]
) -> list[Expr]:
    """The outputs with every sum changed, arguments first."""

    def visit(new: Expr, old: Expr) -> Expr:
        if new.op is a.add and not has_bool(new):
            return form.shaped(change(new), new.shape)
        return old if new is old else form.apply(new.op, new.args, new.params)

    image = rebuild(outputs, visit)
    return [image[out] for out in outputs]


def _split(form: Canonical, total: Expr) -> Split:
    split = [form.split(t) for t in total.args]
    return [(c, NONE if rest is form.one else factors_of(rest)) for c, rest in split]


def denominators(budget: Budget, terms: Split) -> tuple[Number, Product[Expr]]:
    """What turns a sum into one fraction, its numerators added up but not multiplied out."""
    powers = lowest([factors for _, factors in terms])
    powers = powers.kept(lambda base: powers[base] < 0 and exact.number(base) is None)
    for _, factors in terms:
        budget.spend(max(len(factors.over(powers)) - len(factors), 0))
    rounded = any(type(c) is float for c, _ in terms)
    if rounded or any(exact.number(base) is not None for _, factors in terms for base in factors):
        return 1, powers
    return exact.shorten(Fraction(1, lcm(*[Fraction(c).denominator for c, _ in terms]))), powers


def common_factors(terms: Split) -> tuple[Number, Product[Expr]]:
    """The greatest number and the lowest power of each factor that all terms have."""
    products = [factors for _, factors in terms]
    powers = lowest(products).kept(shared(products).__contains__)
    return exact.content([c for c, _ in terms]), powers


def squares(form: Canonical, outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs with squares of sums of two terms in place of their three terms.

    >>> import symdiff as sd
    >>> from symdiff.rewrite.forms.named import formed
    >>> x, y = sd.vars("x y")
    >>> print(*formed([x**2 + 2 * x * y + y**2, x**2 + 6 * x + 9 - y], squares), sep=", ")
    (x + y)**2, (x + 3)**2 - y
    """

    def change(total: Expr) -> Expr:
        if not 2 < len(total.args) <= MOST or sum(map(_is_square, total.args)) < 2:
            return total
        pairs = _split(form, total)
        terms = Sum([(factors, c) for c, factors in pairs if type(c) is not float])
        if len(terms) < len(pairs):
            return total
        found: list[Expr] = []
        while (roots := _roots(terms)) is not None:
            u, v = roots
            found.append(_square(form, terms, u, v))
            terms = terms.without(u.power(2), v.power(2), u.times(v))
        rest = [term_of(form, c, factors) for factors, c in terms.items()]
        return form.add([*found, *rest]) if found else total

    return with_sums(form, outputs, change)


def _is_square(term: Expr) -> bool:
    """Whether a term is a number times even powers."""
    rest = split(term)[1]
    factors = rest.args if rest.op is a.mul else (rest,)
    exponents = [exact.number(x.args[1]) if x.op is pow else None for x in factors]
    return rest is ONE or all(type(e) is int and e % 2 == 0 for e in exponents)


def _roots(terms: Sum[Product[Expr]]) -> tuple[Product[Expr], Product[Expr]] | None:
    """Products u and v of which a multiple of a square ``(u + c*v)**2`` is part of a sum."""
    even = [p for p in terms if all(type(e) is int and e > 0 and e % 2 == 0 for e in p.values())]
    for u, v in combinations([p.of_positive(HALF) for p in even], 2):
        twice = terms[u.times(v)]
        if twice and twice * twice == 4 * terms[u.power(2)] * terms[v.power(2)]:
            return u, v
    return None


def _square(form: Canonical, terms: Sum[Product[Expr]], u: Product[Expr], v: Product[Expr]) -> Expr:
    """The multiple of ``(u + c*v)**2`` that is part of a sum."""
    outside = terms[u.power(2)]
    inside = exact.power(outside, HALF) if outside > 0 else None
    inside, outside = (1, outside) if inside is None else (inside, 1)
    step = exact.shorten(Fraction(terms[u.times(v)]) / (2 * inside * outside))
    base = form.add([term_of(form, inside, u), term_of(form, step, v)])
    return form.times(outside, form.power(base, form.constant(2)))
