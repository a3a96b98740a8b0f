"""Fractions over their common denominator, where that is shorter."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from ..expr import Expr
from ..leaves import Const, Var
from ..ops import arithmetic as a
from ..ops.elementary import cosh, exp, exp2, log, pow, sinh
from ..ops.special import gamma
from . import exact
from .exact import Number, number
from .factor import factors_of, powers_of, term_of
from .order import has_bool
from .terms import Builder, Product, Sum

if TYPE_CHECKING:
    from .canonical import Canonical

MOST = 4  # terms of a sum that are brought over one denominator
WIDEST = 24  # terms of a numerator that is written out
FACTORS = 12  # factors of one term
RAISED = 3  # the highest power of a sum that is written out
INERT = frozenset({Var, log})  # no rule is on sums, products or powers of these

GROWING = frozenset({exp, exp2, cosh, sinh, gamma})  # above a bar they overflow far out

Term = tuple[Number, Product[Expr]]

NOTHING: Sum[Product[Expr]] = Sum()


def over_one_denominator(form: Canonical, terms: Builder[Expr], total: Number) -> Expr | None:
    """The sum of the terms and a number as one fraction, or None where that is not shorter.

    ``1/u - 2*x**2/u**2`` with ``u = x**2 + 1`` is ``(1 - x**2)/u**2``: the numerator is written
    out, and the terms that cancel or merge there have to pay for it.
    """
    if not 2 <= len(terms) + bool(total) <= MOST or form.contracts:
        return None
    if not any(_has_divisor(rest) for rest in terms if rest.op is a.mul or rest.op is pow):
        return None
    if any(r.op is a.mul and r in form.shared and len(r.args) > MOST for r in terms):
        return None
    if isinstance(total, float) or any(isinstance(c, float) for c in terms.values()):
        return None
    table = [(c, _factors_of(rest)) for rest, c in terms.items()]
    if total:
        table.append((total, Product()))
    denominator = _denominator([factors for _, factors in table])
    numerator = _numerator(form, table, denominator) if denominator else None
    if numerator is None:
        return None
    limit = _cost_of(form, table)
    below = any(all(factors[b] < 0 for _, factors in table) for b in denominator)
    sums = any(b.op is a.add and e > 0 for _, factors in table for b, e in factors.items())
    if below and not sums:
        limit += 0.5  # u/x - v/x**2 reads better as one fraction, even where both cost the same
    return _fraction(form, numerator, denominator, limit)


def _has_divisor(rest: Expr) -> bool:
    for factor in rest.args if rest.op is a.mul else (rest,):
        if factor.op is pow and (number(factor.args[1]) or 0) < 0:
            return True
    return False


def _factors_of(rest: Expr) -> Product[Expr]:
    """A term as powers, those of short shared products in it among them."""
    factors = factors_of(rest)
    for base in factors:
        short = base.op is a.mul and len(base.args) <= MOST
        if short and type(factors[base]) is int and not has_bool(base):
            factors = factors.opened(base, factors_of(base))
    return factors


def _denominator(table: list[Product[Expr]]) -> Product[Expr]:
    """The least exponent of each base; 1 if no base has different ones below zero."""
    bases = dict.fromkeys([base for factors in table for base in factors])
    if any(len(factors) > FACTORS for factors in table) or len({b.shape for b in bases}) > 1:
        return Product()
    common: list[tuple[Expr, Number]] = []
    highest: Number = 0
    for base in bases:
        exponents = [factors[base] for factors in table]
        least = min(exponents)
        steps = [exact.shorten(e - least) for e in exponents]
        if any(type(step) is not int for step in steps) or (base.op in GROWING and least < 0):
            continue
        common.append((base, least))
        if least < 0:
            highest = max(highest, *steps)
    return Product(common) if 0 < highest <= RAISED else Product()


def _numerator(
    form: Canonical, table: list[Term], denominator: Product[Expr]
) -> Sum[Product[Expr]] | None:
    """What the terms come to over a denominator, None where that is too long or no gain."""
    raised = [(c, factors.over(denominator)) for c, factors in table]
    if any(_length_of(form, factors) > WIDEST for _, factors in raised):
        return None
    parts = [_written_out(form, c, factors) for c, factors in raised]
    if _stays_below(form, [factors for part in parts for _, factors in part]):
        return None
    terms: list[Term] = []
    for part in parts:
        if sum([_length_of(form, factors) for _, factors in part]) > WIDEST:
            return None
        for c, factors in part:  # with the sums that stood in those sums
            terms += _written_out(form, c, factors)
    return Sum([(factors, c) for c, factors in terms])


def _length_of(form: Canonical, factors: Product[Expr]) -> int:
    """How many terms a product has when its sums are multiplied out and not yet collected."""
    length = 1
    for base, e in factors.items():
        if inner := _opened(form, base, e):
            length *= len(inner) ** int(e)
    return length


def _written_out(form: Canonical, coefficient: Number, factors: Product[Expr]) -> list[Term]:
    """The terms of a product with its sums multiplied out, not yet collected."""
    sums = [(b, int(e), inner) for b, e in factors.items() if (inner := _opened(form, b, e))]
    if not sums:
        return [(coefficient, factors)]
    parts = [(coefficient, factors.without(*[base for base, _, _ in sums]))]
    for _, e, inner in sums:
        for _ in range(e):
            parts = [(c * d, p.times(q)) for c, p in parts for q, d in inner.items()]
    return parts


def _stays_below(form: Canonical, parts: list[Product[Expr]]) -> bool:
    """Whether a divisor is left however the parts are written out.

    The lowest power of a base stands in one of them alone, and no sum has that base in it.
    """
    negative: dict[Expr, list[Number]] = {}
    for factors in parts:
        for base, e in factors.items():
            if e < 0:
                negative.setdefault(base, []).append(e)
    alone = [b for b, exponents in negative.items() if exponents.count(min(exponents)) == 1]
    if not alone:
        return False
    inside: set[Expr] = set()
    for factors in parts:
        for base, e in factors.items():
            for inner in _opened(form, base, e):
                inside.update(inner)
    return not inside.issuperset(alone)


def _opened(form: Canonical, base: Expr, exponent: Number) -> Sum[Product[Expr]]:
    """The terms of a sum that is multiplied out; none where it stays whole."""
    if base.op is not a.add or type(exponent) is not int or not 0 < exponent <= RAISED:
        return NOTHING
    if base not in form.opened:
        form.opened[base] = _terms_of(form, base)
    return form.opened[base]


def _terms_of(form: Canonical, total: Expr) -> Sum[Product[Expr]]:
    split = [form.split(t) for t in total.args]
    if len(split) > MOST or has_bool(total) or any(isinstance(c, float) for c, _ in split):
        return NOTHING
    return Sum([(Product() if r is form.one else factors_of(r), c) for c, r in split])


def _fraction(
    form: Canonical, numerator: Sum[Product[Expr]], denominator: Product[Expr], limit: float
) -> Expr | None:
    """The written-out numerator over the denominator, if that costs less than ``limit``."""
    if not numerator or any(e < 0 for factors in numerator for e in factors.values()):
        return None
    common = numerator.common()
    outside = denominator.times(common)
    scale: Number = numerator.content()
    inside = numerator.over(common) if common else numerator
    if scale != 1:
        inside = inside.scaled(Fraction(1) / Fraction(scale))
    if len(inside) == 1:
        scale, inside = exact.shorten(scale * next(iter(inside.values()))), NOTHING
    after = _cost(outside, scale)
    in_front = abs(scale.as_integer_ratio()[0]) != 1 or any(e > 0 for e in outside.values())
    if inside and any(c > 0 for c in inside.values()) and _stays(inside):
        written = sum([_cost(factors, c) for factors, c in inside.items()])
        if after + written + len(inside) - 1 + in_front >= limit:
            return None  # known before it is built
    parts = [form.constant(scale), *powers_of(form, outside)]
    if inside:
        top = form.add([term_of(form, c, factors) for factors, c in inside.items()])
        several = top.op is a.add
        after += sum(_length(*form.split(t)) for t in (top.args if several else (top,)))
        if several:
            after += len(top.args) - 1 + in_front
        parts.append(top)
    return form.mul(parts) if after < limit else None


def _stays(numerator: Sum[Product[Expr]]) -> bool:
    """Whether a sum without common factors is as it is written: no rule is on what is in it."""
    alone = 0
    for factors, c in numerator.items():
        exps = 0
        for base, e in factors.items():
            if base.op is exp and e == 1:
                exps += 1
            elif base.op not in INERT or base.kind == "bool":
                return False
            if base.shape or type(e) is float:
                return False
        alone += exps == len(factors) == 1
        if exps > 1 or alone > 1 or c.as_integer_ratio()[0].bit_length() > exact.BITS:
            return False
    return True


def _length(coefficient: Number, rest: Expr) -> float:
    """The cost of a canonical term."""
    return _cost(Product() if rest.op is Const else factors_of(rest), coefficient)


def _cost_of(form: Canonical, table: list[Term]) -> float:
    """What the terms of a sum cost, with the sums that would be gone."""
    cost = float(len(table) - 1)
    for coefficient, factors in table:
        cost += _cost(factors, coefficient)
        for base, e in factors.items():
            inner = NOTHING if base in form.shared or e != 1 else _opened(form, base, 1)
            cost += max(len(inner) - 1, 0) + sum(_cost(p, c) for p, c in inner.items())
    return cost


def _cost(factors: Product[Expr], coefficient: Number) -> float:
    """Multiplications, divisions and powers of a term."""
    numerator, divisor = coefficient.as_integer_ratio()
    above, under, powers = int(abs(numerator) != 1), int(divisor != 1), 0
    for e in factors.values():
        if e < 0:
            under += 1
        else:
            above += 1
        powers += abs(e) != 1
    return max(above, 1) - 1 + under + 1.5 * powers
