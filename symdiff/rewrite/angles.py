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
from .factor import Factors, factors_of, multiply, powers_of
from .forms.polynomials import content

if TYPE_CHECKING:
    from .canonical import Canonical

MOST = 16  # terms of a sum that are searched for pairs

Term = tuple[Number, Factors]


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
    own, rest = form.split(node)
    found = factors_of(rest)
    turned = _waves(form, found)
    if turned is not found:
        return form.mul([form.constant(own), *powers_of(form, turned)])
    parts: list[Expr] = []
    for base in list(found):
        partner = PAIRS.get(base.op)
        other = None if partner is None else form.apply(partner, base.args)
        e, f = found.get(base, 0), found.get(other, 0) if other is not None else 0
        if other is None or e * f <= 0 or type(e) is not int or type(f) is not int:
            continue
        k = min(e, f) if e > 0 else max(e, f)
        found[base], found[other] = e - k, f - k
        half = form.times(Fraction(1, 2), _double(form, base.op, base.args[0]))
        parts.append(form.power(half, form.constant(k)))
    if not parts:
        return node
    left = powers_of(form, {b: e for b, e in found.items() if e})
    return form.mul([form.constant(own), *parts, *left])


def _sum(form: Canonical, node: Expr) -> Expr:
    """A sum with pairs of terms merged as long as there are any."""
    terms: list[Term] = []
    for part in node.args:
        c, rest = form.split(part)
        terms.append((c, {} if rest is form.one else factors_of(rest)))
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
    return form.add([form.mul([form.constant(c), *powers_of(form, found)]) for c, found in terms])


def _with_content(form: Canonical, node: Expr, terms: list[Term]) -> Expr:
    """``-2*u - 4*v`` as ``-2*(u + 2*v)``, where that takes fewer multiplications."""
    numbers = [c for c, _ in terms]
    if any(type(c) is float for c in numbers):
        return node
    sign = -1 if all(c < 0 for c in numbers) else 1
    common = sign * content({((i, 1),): Fraction(c) for i, c in enumerate(numbers)})
    inner = [(exact.shorten(Fraction(c) / common), found) for c, found in terms]
    before = sum(abs(c) != 1 for c, found in terms if found) + (sign < 0)
    after = sum(abs(c) != 1 for c, found in inner if found) + 1
    if after >= before:
        return node
    total = [form.mul([form.constant(c), *powers_of(form, found)]) for c, found in inner]
    return form.mul([form.constant(exact.shorten(common)), form.add(total)])


def _merged(form: Canonical, terms: list[Term], at: int) -> tuple[int, Term] | None:
    """The term that meets the one at a place, and what both are together."""
    c, found = terms[at]
    if type(c) is float:
        return None
    for base, e in found.items():
        left = {b: f for b, f in found.items() if b is not base}
        if base.op in SQUARES and e == 2:
            hit = _square(form, terms, at, base, left)
        elif base.op in HALVES and e == 1:
            hit = _half(form, terms, at, base, left)
        elif base.op is el.log and e == 1 and c > 0:
            hit = _logs(form, terms, at, base, left)
        else:
            continue
        if hit is not None:
            return hit
    return None


def _square(
    form: Canonical, terms: list[Term], at: int, base: Expr, left: Factors
) -> tuple[int, Term] | None:
    row, c = SQUARES[base.op], terms[at][0]
    partner = _with(left, form.apply(row.partner, base.args), 2)
    for i, (d, found) in enumerate(terms):
        if i == at or type(d) is float:
            continue
        double = _with(left, _double(form, row.double, base.args[0]), 1)
        if found == partner and d == row.opposite * c:
            return i, (row.twin * c, double)
        if found == left and 2 * d == row.one * c:
            return i, (exact.shorten(Fraction(row.twin * c) / 2), double)
    return None


def _with(factors: Factors, base: Expr, exponent: int) -> Factors:
    """Factors times a power, as new ones."""
    product = dict(factors)
    multiply(product, base, exponent)
    return product


def _waves(form: Canonical, found: Factors) -> Factors:
    """Even powers of ``sin(u) + cos(u)``, which is ``sqrt(2)*sin(u + pi/4)``, by those."""
    waves = {base: hit for base in found if (hit := _wave(form, base)) is not None}
    if not waves or any(type(found[b]) is not int for b in waves):
        return found
    if sum(int(found[b]) for b in waves) % 2:
        return found
    left = {b: e for b, e in found.items() if b not in waves}
    root = form.power(form.constant(2), form.constant(exact.HALF))
    for sums, (factor, wave) in waves.items():
        e = found[sums]
        for part in (wave, root, form.constant(factor)):
            multiply(left, part, e)
    left.pop(form.one, None)
    return left


def _wave(form: Canonical, base: Expr) -> tuple[int, Expr] | None:
    """The sign and the sine or cosine that ``sin(u) + cos(u)`` and its like are multiples of."""
    if base.op is not a.add or len(base.args) != 2:
        return None
    split = [form.split(t) for t in base.args]
    by_op = {rest.op: (c, rest) for c, rest in split}
    if set(by_op) != {el.sin, el.cos} or any(abs(c) != 1 for c, _ in split):
        return None
    (c, sine), (d, cosine) = by_op[el.sin], by_op[el.cos]
    if sine.args != cosine.args:
        return None
    quarter = form.times(Fraction(1, 4), a.pi())
    turned = form.add([sine.args[0], quarter])
    return int(d), form.apply(el.sin if c == d else el.cos, (turned,))


def _half(
    form: Canonical, terms: list[Term], at: int, base: Expr, left: Factors
) -> tuple[int, Term] | None:
    """``1 - cos(2*u)`` as ``2*sin(u)**2``."""
    c = terms[at][0]
    weight, u = form.split(base.args[0])
    if type(weight) is not int or weight % 2:
        return None
    for i, (d, found) in enumerate(terms):
        if i == at or found != left:
            continue
        for sign, op, factor in HALVES[base.op]:
            if d == sign * c:
                half = form.apply(op, (form.times(weight // 2, u),))
                return i, (factor * c, _with(left, half, 2))
    return None


def _logs(
    form: Canonical, terms: list[Term], at: int, base: Expr, left: Factors
) -> tuple[int, Term] | None:
    """``log(u) - log(v)`` as ``log(u/v)``, where u or v is known to be positive."""
    c = terms[at][0]
    for i, (d, found) in enumerate(terms):
        if d != -c or len(found) != len(left) + 1:
            continue
        for other, e in found.items():
            rest = {b: f for b, f in found.items() if b is not other}
            if other.op is not el.log or e != 1 or rest != left:
                continue
            if form.facts.positive(other.args[0]) or form.facts.positive(base.args[0]):
                below = form.power(other.args[0], form.minus)
                ratio = form.apply(el.log, (form.mul([base.args[0], below]),))
                own, kernel = form.split(ratio)
                return i, (c * own, _with(left, kernel, 1))
    return None
