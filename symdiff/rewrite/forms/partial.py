"""Partial fractions over two denominators that are linear in one kernel with numbers.

``(q**2 - 2*p*q + p)/(q**2*(1 - q)**2)`` is ``p/q**2 + (1 - p)/(1 - q)**2``.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from ...expr import Expr
from . import polynomials as poly
from .polynomials import Exact, Poly, Terms
from .rational import Fractions
from .ratios import Base, TooLong, Value

MOST = 4  # the highest power of a denominator


class _Line(NamedTuple):
    """A denominator ``slope*kernel + constant`` to a power."""

    base: Base
    kernel: int
    slope: Exact
    constant: Exact
    power: int

    @property
    def terms(self) -> Terms:
        found: Terms = {((self.kernel, 1),): self.slope, poly.ONE: self.constant}
        return {m: c for m, c in found.items() if c}


def parted(fractions: Fractions) -> list[list[Expr]]:
    """The outputs as sums of partial fractions, nothing where there are none."""
    ends = [_parted(fractions, out) for out in fractions.outputs]
    if all(end is None for end in ends):
        return []
    outputs = zip(ends, fractions.outputs, strict=True)
    return [[fractions.image(out) if end is None else end for end, out in outputs]]


def _parted(fractions: Fractions, out: Expr) -> Expr | None:
    c, bases = fractions.values[out]
    pair = _pair([line for b, e in bases.items() if (line := _line(b, e)) is not None])
    tops = [b for b, e in bases.items() if isinstance(b, Poly) and e == 1]
    if pair is None or len(tops) != 1:
        return None
    first, second = pair
    sums = _split(tops[0].terms, first, second)
    slowest = min(i for _, numerators in sums for i, terms in enumerate(numerators) if terms)
    if _degree(tops[0].terms, first.kernel) - first.power - second.power < -slowest:
        return None  # far out they would cancel: 1/x - 1/(x + 1)
    left = {b: e for b, e in bases.items() if b not in (first.base, second.base, tops[0])}
    parts = []
    for line, numerators in sums:
        for power, terms in enumerate(numerators):
            if terms:
                under: Value = (1, {line.base: -power} if power else {})
                value = fractions.product([(c, left), under, fractions._reduced(terms, {})])
                parts.append(fractions.written(value))
    return fractions.form.add(parts)


def _line(base: Base, e: Exact) -> _Line | None:
    if type(e) is not int or not -MOST <= e < 0:
        return None
    if isinstance(base, int):
        return _Line(base, base, 1, 0, -e)
    if len(base.terms) != 2 or poly.ONE not in base.terms:
        return None
    ((monomial, slope),) = [(m, c) for m, c in base.terms.items() if m]
    if len(monomial) != 1 or monomial[0][1] != 1:
        return None
    return _Line(base, monomial[0][0], slope, base.terms[poly.ONE], -e)


def _pair(lines: list[_Line]) -> tuple[_Line, _Line] | None:
    for i, first in enumerate(lines):
        for second in lines[i + 1 :]:
            if first.kernel == second.kernel:
                return first, second
    return None


def _split(top: Terms, first: _Line, second: _Line) -> list[tuple[_Line, list[Terms]]]:
    """The numerators over each power of each denominator."""
    determinant = Fraction(second.slope * first.constant - first.slope * second.constant)
    table: dict[tuple[int, int], Terms] = {(first.power, second.power): top}
    for i in range(first.power, 0, -1):
        for j in range(second.power, 0, -1):
            terms = table.pop((i, j), {})
            for at, weight in (((i - 1, j), second.slope), ((i, j - 1), -first.slope)):
                table[at] = poly.added(table.get(at, {}), terms, weight / determinant)
    found = []
    rest: Terms = {}
    for line, places in ((first, lambda i: (i, 0)), (second, lambda j: (0, j))):
        numerators = [table.get(places(i), {}) if i else rest for i in range(line.power + 1)]
        for i in range(line.power, 0, -1):
            at_root = _value(numerators[i], line.kernel, -Fraction(line.constant) / line.slope)
            over = poly.divided(poly.added(numerators[i], at_root, -1), line.terms)
            if over is None:
                raise TooLong
            numerators[i], numerators[i - 1] = at_root, poly.added(numerators[i - 1], over)
        rest = numerators[0]
        found.append((line, numerators if line is second else [{}, *numerators[1:]]))
    return found


def _degree(terms: Terms, kernel: int) -> int:
    return max([dict(monomial).get(kernel, 0) for monomial in terms])


def _value(terms: Terms, kernel: int, at: Fraction) -> Terms:
    """A polynomial where a kernel has a value."""
    found: Terms = {}
    for monomial, c in terms.items():
        e = dict(monomial).get(kernel, 0)
        rest = tuple([part for part in monomial if part[0] != kernel])
        found = poly.added(found, {rest: c}, poly.short(at**e))
    return found
