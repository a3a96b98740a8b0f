"""Fractions over kernels as canonical nodes: content inside or outside, common factors in front."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from ...expr import Expr
from ...leaves import Var
from ...ops import arithmetic as a
from ..exact import number
from . import polynomials as poly
from .polynomials import Exact, Monomial, Poly, Terms
from .ratios import RAISED, UNIT, Base, Bases, Ratios, TooLong, Value, Way

if TYPE_CHECKING:
    from ..canonical import Canonical


class Writing(Ratios):
    """Values as canonical nodes."""

    def __init__(self, form: Canonical, way: Way) -> None:
        super().__init__(form, way)
        self.sums: dict[Poly, Expr] = {}  # as they are written
        self.nests = False  # whether factors of some terms are taken out
        self.wide = False  # whether there are sums where that may be

    def written(self, value: Value) -> Expr:
        """The canonical node of a value."""
        c, bases = self._paired(value)
        form = self.form
        if len(bases) == 1:
            ((base, e),) = bases.items()
            if isinstance(base, Poly) and e == 1:
                inside = poly.scaled(base.terms, c)
                outside = base not in self.common and type(c) is int and abs(c) != 1
                if _multiples(inside) <= _multiples(base.terms) + outside:
                    return self._total(inside)
        factors = []
        under: dict[Exact, list[Expr]] = {}  # constants under one root
        for base, power in bases.items():
            e = power
            if e < 0 and base in self.fragile:
                raise TooLong
            node = self._of_base(base)
            if isinstance(base, int) and not node.args and node.op is not Var:
                n = number(node)
                if type(n) is int and e > 0 and Fraction(c).denominator % n == 0:
                    c, e = c * n, e - 1  # 1/sqrt(2) for sqrt(2)/2
                under.setdefault(poly.short(e), []).append(node)
            else:
                factors.append(form.power(node, form.constant(poly.short(e))))
        for e, nodes in under.items():
            factors.append(form.power(form.mul(nodes), form.constant(e)))
        return form.mul([form.constant(poly.short(c)), *factors])

    def _paired(self, value: Value) -> Value:
        """Two sums whose product has at most two terms as that product."""
        while (found := self._pair(value)) is not None:
            first, second, both = found
            e = value[1][first]
            rest = {b: f for b, f in value[1].items() if b not in (first, second)}
            merged = self._raised(self._reduced_alone(both), e)
            value = self.product([(value[0], rest), merged])
        return value

    def _pair(self, value: Value) -> tuple[Base, Base, Terms] | None:
        sums = [b for b, e in value[1].items() if isinstance(b, Poly) and -RAISED <= e <= RAISED]
        for i, first in enumerate(sums):
            for second in sums[i + 1 :]:
                e = value[1][first]
                if value[1][second] == e and isinstance(e, int) and len(first.terms) <= 4:
                    try:
                        both = self._times(first.terms, second.terms)
                    except TooLong:
                        continue
                    if len(both) <= 2:
                        return first, second, both
        return None

    def _reduced_alone(self, terms: Terms) -> Value:
        own, inner = self._primitive(terms)
        return own if inner is None else self.product([own, (1, {inner: 1})])

    def _of_base(self, base: Base) -> Expr:
        if isinstance(base, int):
            return self.kernels[base]
        if base not in self.sums:
            self.sums[base] = self._total(base.terms)
        return self.sums[base]

    def _total(self, terms: Terms) -> Expr:
        """The canonical sum of the terms of a polynomial."""
        parts: list[Expr] = []
        self.wide = self.wide or len(terms) > 2
        if self.nests and len(terms) > 2:
            terms = self._by_sums(terms)
        while self.nests and len(terms) > 2 and (split := self._split(terms)) is not None:
            factor, inner, terms = split
            product = self.product([self._of_monomial(factor), self._reduced(inner, {})])
            parts.append(self.written(product))
        for monomial, c in terms.items():
            own, bases = self._of_monomial(monomial)  # own: 2 of sqrt(2)**3
            parts.append(self.written((poly.short(own * c), bases)))
        return self.form.add(parts)

    def _by_sums(self, terms: Terms) -> Terms:
        """Terms that are a multiple of a sum that other terms have, written by that sum."""
        for kernel in dict.fromkeys([k for m in terms for k, _ in m]):
            total, q = self.roots.get(kernel, ({}, 2))
            if q != 1 or len(total) < 2:
                continue
            first = poly.leading(total)
            for monomial in list(terms):
                over = poly.over(monomial, first)
                if over is None or monomial not in terms:
                    continue
                share = Fraction(terms[monomial]) / total[first]
                parts = {poly.times(over, m): share * c for m, c in total.items()}
                if all(terms.get(m) == c for m, c in parts.items()):
                    left = {m: c for m, c in terms.items() if m not in parts}
                    terms = poly.added(left, {poly.times(over, ((kernel, 1),)): share})
        return terms

    def _split(self, terms: Terms) -> tuple[Monomial, Terms, Terms] | None:
        """A monomial that several terms have, what is left of them, and the other terms."""
        counts: dict[int, int] = {}
        for monomial in terms:
            for kernel, _ in monomial:
                counts[kernel] = counts.get(kernel, 0) + 1
        among = [k for k, n in counts.items() if n > 1 and self.kernels[k].args]
        if not among:
            return None
        kernel = max(among, key=lambda k: (self.kernels[k].op is a.add, counts[k]))
        having = {m: c for m, c in terms.items() if any(k == kernel for k, _ in m)}
        factor = poly.common(having)
        rest = {m: c for m, c in terms.items() if m not in having}
        return (factor, poly.scaled(having, 1, factor), rest) if rest else None

    def _of_monomial(self, monomial: Monomial) -> Value:
        parts: list[Value] = [UNIT]
        for kernel, e in monomial:
            if kernel in self.roots:
                terms, q = self.roots[kernel]
                parts.append(self._single(terms, poly.short(Fraction(e, q))))
            else:
                parts.append((1, {kernel: e}))
        return self.product(parts)

    def _apart(self, value: Value) -> Expr:
        c, bases = value
        tops = [b for b, e in bases.items() if isinstance(b, Poly) and e == 1]
        if len(tops) != 1:
            return self.written(value)
        (top,) = tops
        highest: dict[int, int] = {}
        for monomial in top.terms:
            for kernel, e in monomial:
                highest[kernel] = max(highest.get(kernel, 0), e)
        moved: Bases = {
            b: e
            for b, e in bases.items()
            if isinstance(b, int) and type(e) is int and 0 < -e <= highest.get(b, 0)
        }
        if not moved:
            return self.written(value)
        parts = [self.product([(d, moved), self._of_monomial(m)]) for m, d in top.terms.items()]
        total = self.form.add([self.written(part) for part in parts])
        left = {b: e - moved.get(b, 0) for b, e in bases.items() if b is not top}
        rest = self.written((c, {b: e for b, e in left.items() if e}))
        return self.form.mul([rest, total])


def _multiples(terms: Terms) -> int:
    return sum(bool(m) and abs(c) != 1 for m, c in terms.items())
