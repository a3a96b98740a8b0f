"""Fractions over kernels as canonical nodes: content inside or outside, common factors in front."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

from ...expr import Expr
from ...leaves import Var
from ...ops import arithmetic as a
from ..exact import Number, number, shorten
from ..terms import Monomial, Polynomial, Product, Sum, in_order, leading
from .ratios import NONE, RAISED, Base, Ratios, TooLong, Value, Way

if TYPE_CHECKING:
    from ..canonical import Canonical


class Writing(Ratios):
    """Values as canonical nodes."""

    def __init__(self, form: Canonical, way: Way) -> None:
        super().__init__(form, way)
        self.sums: dict[Polynomial, Expr] = {}  # as they are written
        self.nests = False  # whether factors of some terms are taken out
        self.wide = False  # whether there are sums where that may be

    def written(self, value: Value) -> Expr:
        """The canonical node of a value."""
        c, bases = self._turned(*self._paired(value))
        form = self.form
        if len(bases) == 1:
            ((base, e),) = bases.items()
            if isinstance(base, Sum) and e == 1:
                inside = base.scaled(c)
                outside = base not in self.common and type(c) is int and abs(c) != 1
                if _multiples(inside) <= _multiples(base) + outside:
                    return self._total(inside)
        factors: list[Expr] = []
        if (top := self._takes_in(c, bases)) is not None:
            factors.append(self._total(top.scaled(c)))
            c, bases = 1, bases.without(top)
        under: dict[Number, list[Expr]] = {}  # constants under one root
        for base, power in bases.items():
            e = power
            if e < 0 and isinstance(base, Sum) and base in self.fragile:
                raise TooLong
            node = self._of_base(base)
            if isinstance(base, int) and not node.args and node.op is not Var:
                n = number(node)
                if type(n) is int and e > 0 and Fraction(c).denominator % n == 0:
                    c, e = c * n, e - 1  # 1/sqrt(2) for sqrt(2)/2
                under.setdefault(shorten(e), []).append(node)
            else:
                factors.append(node if e == 1 else form.power(node, form.constant(shorten(e))))
        for e, nodes in under.items():
            factors.append(form.power(form.mul(nodes), form.constant(e)))
        return form.mul([form.constant(shorten(c)), *factors])

    def _turned(self, c: Number, bases: Product[Base]) -> Value:
        """``-2*(v - u)`` as ``2*(u - v)``."""
        differences = [
            b for b, e in bases.items()
            if isinstance(b, Sum) and e == 1 and b not in self.common and min(b.values()) < 0
        ]  # fmt: skip
        if c > 0 or not differences or max(differences[0].values()) < 0:
            return c, bases
        turned = differences[0].scaled(-1)
        return -c, bases.without(differences[0]).multiplied(turned, 1)

    def _takes_in(self, c: Number, bases: Product[Base]) -> Polynomial | None:
        """The sum in a product without divisors that takes in its number for nothing."""
        if c in (1, -1) or any(e < 0 for e in bases.values()):
            return None
        sums = [b for b, e in bases.items() if isinstance(b, Sum) and e == 1]
        if len(sums) != 1 or sums[0] in self.common:
            return None
        longer = _multiples(sums[0].scaled(c)) > _multiples(sums[0])
        return None if longer else sums[0]

    def _paired(self, value: Value) -> Value:
        """Two sums whose product has at most two terms as that product."""
        while (found := self._pair(value)) is not None:
            first, second, both = found
            e = value[1][first]
            rest = value[1].without(first, second)
            merged = self._raised(self._reduced_alone(both), int(e))
            value = self.product([(value[0], rest), merged])
        return value

    def _pair(self, value: Value) -> tuple[Base, Base, Polynomial] | None:
        sums = [b for b, e in value[1].items() if isinstance(b, Sum) and -RAISED <= e <= RAISED]
        for i, first in enumerate(sums):
            for second in sums[i + 1 :]:
                e = value[1][first]
                if value[1][second] == e and isinstance(e, int) and len(first) <= 4:
                    try:
                        both = self._times(first, second)
                    except TooLong:
                        continue
                    if len(both) <= 2:
                        return first, second, both
        return None

    def _reduced_alone(self, terms: Polynomial) -> Value:
        own, inner = self._primitive(terms)
        return own if inner is None else self.product([own, (1, Product([(inner, 1)]))])

    def _of_base(self, base: Base) -> Expr:
        if isinstance(base, int):
            return self.kernels[base]
        if base not in self.sums:
            self.sums[base] = self._total(base)
        return self.sums[base]

    def _total(self, terms: Polynomial) -> Expr:
        """The canonical sum of the terms of a polynomial."""
        parts: list[Expr] = []
        self.wide = self.wide or (len(terms) > 2 and self._may_nest(terms))
        if self.nests and len(terms) > 2:
            terms = self._by_sums(terms)
        while self.nests and len(terms) > 2 and (split := self._split(terms)) is not None:
            factor, inner, terms = split
            product = self.product([self._of_monomial(factor), self._reduced(inner, NONE)])
            parts.append(self.written(product))
        for monomial, c in terms.items():
            parts.append(self.written(self._scaled(self._of_monomial(monomial), c)))
        return self.form.add(parts)

    def _may_nest(self, terms: Polynomial) -> bool:
        """Whether factors of some terms can be taken out."""
        roots = self.roots
        if roots and any(k in roots and roots[k][1] == 1 for m in terms for k in m):
            return True
        return self._split(terms) is not None

    def _by_sums(self, terms: Polynomial) -> Polynomial:
        """Terms that are a multiple of a sum that other terms have, written by that sum."""
        for kernel in dict.fromkeys([k for m in terms for k, _ in in_order(m)]):
            total, q = self.roots.get(kernel, (terms, 2))
            if q != 1 or len(total) < 2:
                continue
            first = leading(total)
            for monomial in terms:
                if monomial not in terms or not first.divides(monomial):
                    continue
                over = monomial.over(first)
                share = Fraction(terms[monomial]) / Fraction(total[first])
                parts = total.raised(over).scaled(share)
                if all(terms[m] == c for m, c in parts.items()):
                    inside = Sum([(over.multiplied(kernel, 1), share)])
                    terms = terms.plus(parts, -1).plus(inside)
        return terms

    def _split(self, terms: Polynomial) -> tuple[Monomial, Polynomial, Polynomial] | None:
        """A monomial that several terms have, what is left of them, and the other terms."""
        counts = Counter([kernel for monomial in terms for kernel, _ in in_order(monomial)])
        functions = [m for m in terms if any(self.kernels[k].args for k in m)]
        beside = {k for m in functions for k in m}  # variables of polynomials stay where they are
        among = [k for k, n in counts.items() if n > 1 and k in beside]
        if not among:
            return None
        kernel = max(among, key=lambda k: (self.kernels[k].op is a.add, counts[k]))
        having = terms.kept(lambda monomial: kernel in monomial)
        rest = terms.kept(lambda monomial: kernel not in monomial)
        factor = having.common()
        return (factor, having.over(factor), rest) if rest else None


def _multiples(terms: Polynomial) -> int:
    return sum(bool(m) and abs(c) != 1 for m, c in terms.items())
