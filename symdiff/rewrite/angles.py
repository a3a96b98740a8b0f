"""Double angles, differences of logarithms, content of sums, in canonical graphs."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from ..expr import Expr, Op
from ..ops import arithmetic as a
from ..ops import elementary as el
from ..walk import rebuild
from . import exact
from .exact import Number
from .factor import factors_of, powers_of, term_of
from .terms import Product

if TYPE_CHECKING:
    from .canonical import Canonical

MOST = 16  # terms of a sum that are searched for pairs

Term = tuple[Number, Product[Expr]]


class _Square(NamedTuple):
    """``partner**2`` and ``f(2*u)`` by the square of a function of u."""

    partner: Op
    opposite: int  # f**2 + opposite*partner**2 is twin*f(2*u)
    twin: int
    one: int  # 2*f**2 + one is twin*f(2*u)
    double: Op


SQUARES: dict[Op, _Square] = {
    el.cos: _Square(el.sin, -1, 1, -1, el.cos),
    el.sin: _Square(el.cos, -1, -1, -1, el.cos),
    el.cosh: _Square(el.sinh, 1, 1, -1, el.cosh),
    el.sinh: _Square(el.cosh, 1, 1, 1, el.cosh),
}
PAIRS = {el.sin: el.cos, el.sinh: el.cosh}
HALVES = {el.cos: ((1, el.cos, 2), (-1, el.sin, -2)), el.cosh: ((1, el.cosh, 2), (-1, el.sinh, 2))}


def contracted(form: Canonical, outputs: Iterable[Expr]) -> list[Expr]:
    """The outputs with double angles in place of squares and products of functions."""

    def visit(new: Expr, old: Expr) -> Expr:
        if new is not old:
            new = form.apply(new.op, new.args, new.params)
        if new.op is a.mul or new.op is el.pow:
            return _product(form, new)
        if new.op is a.add and len(new.args) <= MOST:
            return _sum(form, new)
        return new

    ends = list(outputs)
    image = rebuild(ends, visit)
    return [image[out] for out in ends]


def _double(form: Canonical, op: Op, u: Expr) -> Expr:
    return form.apply(op, (form.times(2, u),))


def _product(form: Canonical, node: Expr) -> Expr:
    """``sin(u)*cos(u)`` as ``sin(2*u)/2``."""
    coefficient, rest = form.split(node)
    factors = factors_of(rest)
    doubled: list[Expr] = []
    for base in factors:
        partner = PAIRS.get(base.op)
        if partner is None:
            continue
        other = form.apply(partner, base.args)
        e, f = factors[base], factors[other]
        if type(e) is not int or type(f) is not int or e * f <= 0:
            continue
        k = min(e, f) if e > 0 else max(e, f)
        factors = factors.over(Product([(base, k), (other, k)]))
        half = form.times(Fraction(1, 2), _double(form, base.op, base.args[0]))
        doubled.append(form.power(half, form.constant(k)))
    if not doubled:
        return node
    return form.mul([form.constant(coefficient), *doubled, *powers_of(form, factors)])


def _sum(form: Canonical, node: Expr) -> Expr:
    """A sum with pairs of terms merged as long as there are any."""
    terms: list[Term] = []
    for part in node.args:
        c, rest = form.split(part)
        terms.append((c, Product() if rest is form.one else factors_of(rest)))
    changed = False
    at = 0
    while at < len(terms):
        merged = _merged(form, terms, at)
        if merged is None:
            at += 1
        else:
            other, new = merged
            terms = [t for i, t in enumerate(terms) if i not in (at, other)] + [new]
            changed, at = True, 0
    if not changed:
        return _with_content(form, node, terms)
    return form.add([term_of(form, c, factors) for c, factors in terms])


def _with_content(form: Canonical, node: Expr, terms: list[Term]) -> Expr:
    """``-2*u - 4*v`` as ``-2*(u + 2*v)``, where that takes fewer multiplications."""
    numbers = [c for c, _ in terms]
    if any(type(c) is float for c in numbers):
        return node
    common = exact.content(numbers)
    inner = [(exact.over(c, common), factors) for c, factors in terms]
    before = sum(abs(c) != 1 for c, factors in terms if factors) + (common < 0)
    after = sum(abs(c) != 1 for c, factors in inner if factors) + 1
    if after >= before:
        return node
    total = form.add([term_of(form, c, factors) for c, factors in inner])
    return form.mul([form.constant(common), total])


def _merged(form: Canonical, terms: list[Term], at: int) -> tuple[int, Term] | None:
    """The term that meets the one at a place, and what both are together."""
    c, factors = terms[at]
    if type(c) is float:
        return None
    for base, e in factors.items():
        others = factors.without(base)
        if base.op in SQUARES and e == 2:
            hit = _square(form, terms, at, base, others)
        elif base.op in HALVES and e == 1:
            hit = _half(form, terms, at, base, others)
        elif base.op is el.log and e == 1 and c > 0:
            hit = _logs(form, terms, at, base, others)
        else:
            continue
        if hit is not None:
            return hit
    return None


def _square(
    form: Canonical, terms: list[Term], at: int, base: Expr, others: Product[Expr]
) -> tuple[int, Term] | None:
    row, c = SQUARES[base.op], terms[at][0]
    partner = others.multiplied(form.apply(row.partner, base.args), 2)
    for i, (d, factors) in enumerate(terms):
        if i == at or type(d) is float:
            continue
        double = others.multiplied(_double(form, row.double, base.args[0]), 1)
        if factors == partner and d == row.opposite * c:
            return i, (row.twin * c, double)
        if factors == others and 2 * d == row.one * c:
            return i, (exact.shorten(Fraction(row.twin * c) / 2), double)
    return None


def _half(
    form: Canonical, terms: list[Term], at: int, base: Expr, others: Product[Expr]
) -> tuple[int, Term] | None:
    """``1 - cos(2*u)`` as ``2*sin(u)**2``."""
    c = terms[at][0]
    weight, u = form.split(base.args[0])
    if type(weight) is not int or weight % 2:
        return None
    for i, (d, factors) in enumerate(terms):
        if i == at or factors != others:
            continue
        for sign, op, factor in HALVES[base.op]:
            if d == sign * c:
                half = form.apply(op, (form.times(weight // 2, u),))
                return i, (factor * c, others.multiplied(half, 2))
    return None


def _logs(
    form: Canonical, terms: list[Term], at: int, base: Expr, others: Product[Expr]
) -> tuple[int, Term] | None:
    """``log(u) - log(v)`` as ``log(u/v)``, where u or v is known to be positive."""
    c = terms[at][0]
    for i, (d, factors) in enumerate(terms):
        if d != -c:
            continue
        for other, e in factors.over(others).items():
            if other.op is not el.log or e != 1 or factors != others.multiplied(other, 1):
                continue
            if form.facts.positive(other.args[0]) or form.facts.positive(base.args[0]):
                below = form.power(other.args[0], form.minus)
                ratio = form.apply(el.log, (form.mul([base.args[0], below]),))
                number, kernel = form.split(ratio)
                return i, (c * number, others.times(factors_of(kernel)))
    return None
