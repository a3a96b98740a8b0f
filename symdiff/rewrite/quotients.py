"""Fractions over their common denominator, where that is shorter."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING, TypeAlias

from ..expr import Expr
from ..leaves import Const, Var
from ..ops import arithmetic as a
from ..ops.elementary import exp, log, pow
from . import exact
from .exact import Number, number
from .factor import Factors, factors_of, multiply, powers_of
from .order import has_bool

if TYPE_CHECKING:
    from .canonical import Canonical

MOST = 4  # terms of a sum that are brought over one denominator
WIDEST = 24  # terms of a numerator that is written out
FACTORS = 12  # factors of one term
RAISED = 3  # the highest power of a sum that is written out
INERT = frozenset({Var, log})  # no rule is on sums, products or powers of these

Exact: TypeAlias = int | Fraction
Term = tuple[Exact, Factors]


def over_one_denominator(form: Canonical, terms: dict[Expr, Number], total: Number) -> Expr | None:
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
    table: list[Term] = []
    for rest, c in [*terms.items(), (form.one, total)]:
        if isinstance(c, float):
            return None
        if c:
            table.append((c, {} if rest is form.one else _factors_of(rest)))
    common = _common(table)
    if not common:
        return None
    raised = [_over(found, common) for _, found in table]
    if any(_length_of(form, found) > WIDEST for found in raised):
        return None
    first = [_written_out(form, c, found) for (c, _), found in zip(table, raised, strict=True)]
    if _stays_below(form, [part for parts in first for part in parts]):
        return None
    above: list[Term] = []
    for parts in first:
        inner = any(_opened(form, b, e) for _, found in parts for b, e in found.items())
        written = [t for p in parts for t in _written_out(form, *p)] if inner else parts
        if len(written) > WIDEST:  # with the sums that stood in those sums
            return None
        for part in written:
            _add(above, part)
    limit = _cost_of(form, table)
    below = any(all(found.get(b, 0) < 0 for _, found in table) for b in common)
    if below and not any(b.op is a.add and e > 0 for _, found in table for b, e in found.items()):
        limit += 0.5  # u/x - v/x**2 reads better as one fraction, even where both cost the same
    return _fraction(form, [t for t in above if t[0]], common, limit)


def _has_divisor(rest: Expr) -> bool:
    for factor in rest.args if rest.op is a.mul else (rest,):
        if factor.op is pow and (number(factor.args[1]) or 0) < 0:
            return True
    return False


def _factors_of(rest: Expr) -> Factors:
    """Bases and exponents of a term, those of short shared products in it among them."""
    own = factors_of(rest)
    if all(base.op is not a.mul for base in own):
        return own
    found: Factors = {}
    for base, exponent in own.items():
        short = base.op is a.mul and type(exponent) is int and len(base.args) <= MOST
        inner = factors_of(base) if short and not has_bool(base) else {base: 1}
        for part, e in inner.items():
            multiply(found, part, e * exponent)
    return found


def _common(table: list[Term]) -> Factors:
    """The least exponent of each base; empty if no base has different ones below zero."""
    bases = list(dict.fromkeys(base for _, found in table for base in found))
    if any(len(found) > FACTORS for _, found in table) or len({b.shape for b in bases}) > 1:
        return {}
    common: Factors = {}
    differ = False
    for base in bases:
        exponents = [found.get(base, 0) for _, found in table]
        least = min(exponents)
        if any(type(e) is float for e in exponents):
            continue
        steps = [exact.shorten(e - least) for e in exponents]
        if any(type(s) is not int for s in steps):
            continue
        if least:
            common[base] = least
        if least < 0 and any(steps):
            differ = True
            if max(steps) > RAISED:
                return {}
    return common if differ else {}


def _over(found: Factors, common: Factors) -> Factors:
    bases = dict.fromkeys([*found, *common])
    left = {b: exact.shorten(found.get(b, 0) - common.get(b, 0)) for b in bases}
    return {b: e for b, e in left.items() if e}


def _length_of(form: Canonical, found: Factors) -> int:
    """How many terms a product has when its sums are multiplied out."""
    length = 1
    for base, exponent in found.items():
        inner = _opened(form, base, exponent)
        if inner:
            length *= len(inner) ** int(exponent)
    return length


def _written_out(form: Canonical, coefficient: Exact, found: Factors) -> list[Term]:
    """The terms of a product whose sums are multiplied out, as far as they are not too many."""
    parts: list[Term] = [(coefficient, {})]
    for base, exponent in found.items():
        inner = _opened(form, base, exponent)
        if inner:
            for _ in range(int(exponent)):
                if len(parts) <= WIDEST:
                    parts = [_product(s, t) for s in parts for t in inner]
        else:
            for _, factors in parts:
                multiply(factors, base, exponent)
    return parts


def _stays_below(form: Canonical, parts: list[Term]) -> bool:
    """Whether a divisor is left however the parts are written out.

    The lowest power of a base stands in one of them alone, and no sum has that base in it.
    """
    negative: dict[Expr, list[Number]] = {}
    for _, found in parts:
        for base, e in found.items():
            if e < 0:
                negative.setdefault(base, []).append(e)
    alone = [b for b, exponents in negative.items() if exponents.count(min(exponents)) == 1]
    if not alone:
        return False
    inside: set[Expr] = set()
    for _, found in parts:
        for base, e in found.items():
            for _, inner in _opened(form, base, e):
                inside.update(inner)
    return not inside.issuperset(alone)


def _opened(form: Canonical, base: Expr, exponent: Number) -> list[Term]:
    """The terms of a sum that is multiplied out; none where it stays whole."""
    if base.op is not a.add or type(exponent) is not int or not 0 < exponent <= RAISED:
        return []
    inner = form.opened.get(base)
    if inner is None:
        inner = form.opened[base] = _terms_of(form, base)
    return inner


def _terms_of(form: Canonical, total: Expr) -> list[Term]:
    inner: list[Term] = []
    if len(total.args) > MOST or has_bool(total):
        return inner
    for coefficient, rest in map(form.split, total.args):
        if isinstance(coefficient, float):
            return []
        inner.append((coefficient, {} if rest is form.one else factors_of(rest)))
    return inner


def _product(left: Term, right: Term) -> Term:
    factors = dict(left[1])
    for base, exponent in right[1].items():
        multiply(factors, base, exponent)
    return left[0] * right[0], factors


def _add(above: list[Term], term: Term) -> None:
    for i, (coefficient, factors) in enumerate(above):
        if factors == term[1]:
            above[i] = (coefficient + term[0], factors)
            return
    above.append(term)


def _fraction(form: Canonical, above: list[Term], common: Factors, limit: float) -> Expr | None:
    """The written-out numerator over the denominator, if that costs less than ``limit``."""
    if not above or any(e < 0 for _, found in above for e in found.values()):
        return None
    divisor = gcd(*[c.numerator for c, _ in above])
    content = Fraction(divisor, lcm(*[c.denominator for c, _ in above]))
    outside: Factors = dict(common)
    inside: Factors = {}
    for base in above[0][1]:
        least = min([found.get(base, 0) for _, found in above])
        if least > 0:
            inside[base] = least
            multiply(outside, base, least)
    numerator = [(c, _over(found, inside)) for c, found in above] if inside else above
    if content != 1:
        numerator = [(c / content, found) for c, found in numerator]
    scale: Exact = content
    if len(numerator) == 1:
        scale, numerator = scale * numerator[0][0], []
    after = _cost(outside, scale)
    in_front = abs(scale.numerator) != 1 or any(e > 0 for e in outside.values())
    if numerator and any(c > 0 for c, _ in numerator) and _stays(numerator):
        written = sum([_cost(found, c) for c, found in numerator]) + len(numerator) - 1 + in_front
        if after + written >= limit:
            return None  # known before it is built
    factors = [form.constant(exact.shorten(scale)), *powers_of(form, outside)]
    if numerator:
        top = form.add([_term(form, c, found) for c, found in numerator])
        several = top.op is a.add
        after += sum(_length(*form.split(t)) for t in (top.args if several else (top,)))
        if several:
            after += len(top.args) - 1 + in_front
        factors.append(top)
    return form.mul(factors) if after < limit else None


def _stays(numerator: list[Term]) -> bool:
    """Whether a sum without common factors is as it is written: no rule is on what is in it."""
    alone = 0
    for c, found in numerator:
        exps = 0
        for base, e in found.items():
            if base.op is exp and e == 1:
                exps += 1
            elif base.op not in INERT or base.kind == "bool":
                return False
            if base.shape or type(e) is float:
                return False
        alone += exps == len(found) == 1
        if exps > 1 or alone > 1 or c.numerator.bit_length() > exact.BITS:
            return False
    return True


def _length(coefficient: Number, rest: Expr) -> float:
    """The cost of a canonical term."""
    return _cost({} if rest.op is Const else factors_of(rest), Fraction(coefficient))


def _cost_of(form: Canonical, table: list[Term]) -> float:
    """What the terms of a sum cost, with the sums that would be gone."""
    cost = float(len(table) - 1)
    for coefficient, found in table:
        cost += _cost(found, coefficient)
        for base in found:
            inner = [] if base in form.shared or found[base] != 1 else _opened(form, base, 1)
            cost += max(len(inner) - 1, 0) + sum(_cost(factors, c) for c, factors in inner)
    return cost


def _cost(found: Factors, coefficient: Exact) -> float:
    """Multiplications, divisions and powers of a term."""
    under = sum(e < 0 for e in found.values()) + (coefficient.denominator != 1)
    above = sum(e > 0 for e in found.values()) + (abs(coefficient.numerator) != 1)
    powers = sum(abs(e) != 1 for e in found.values())
    return max(above, 1) - 1 + under + 1.5 * powers


def _term(form: Canonical, coefficient: Exact, found: Factors) -> Expr:
    return form.mul([form.constant(exact.shorten(coefficient)), *powers_of(form, found)])
